"""Attachments: photos and documents of any object; originals are stored separately as evidence."""
