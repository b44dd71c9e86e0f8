"""Attachments: photos and documents of any object, made harmless on arrival, originals kept apart as evidence."""
