"""Counting of web requests: what counts as what, and a full disk."""

import errno
import os
from types import SimpleNamespace

import pytest
from prometheus_client import Histogram

from registry.kernel import request_figures
from registry.kernel.metrics import RequestCollector
from registry.kernel.request_figures import RequestFigures


@pytest.fixture
def counting(tmp_path, monkeypatch):
    """Figures of a worker, in memory, on a clock that goes on by a second a look."""
    histogram = Histogram("d", "d", ("method", "status"), registry=None, buckets=(1, 10))
    monkeypatch.setattr(request_figures, "durations", lambda: histogram)
    figures = RequestFigures(tmp_path / "metrics", iter(range(1000)).__next__)
    figures.begin_worker()
    return figures, histogram


def answer(figures, method, path, status):
    request = SimpleNamespace(method=method, path=path)
    figures.begin(request)
    figures.end(request, None if status is None else SimpleNamespace(status_code=status))


def test_it_counts_by_method_and_class_of_status_and_not_the_probes(counting):
    figures, histogram = counting
    for method, path, status in (
        ("GET", "/", 200),
        ("GET", "/files/1", 304),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 503),
        ("BREW", "/", 405),
        ("POST", "/login", None),
    ):
        answer(figures, method, path, status)
    counts = {
        (sample.labels["method"], sample.labels["status"], sample.value)
        for metric in histogram.collect()
        for sample in metric.samples
        if sample.name == "d_sum"
    }
    assert counts == {("GET", "2xx", 1), ("GET", "3xx", 1), ("other", "4xx", 1), ("POST", "5xx", 1)}


def test_it_forgets_what_an_earlier_web_server_counted(tmp_path):
    (tmp_path / "histogram_1.db").write_bytes(b"old")
    RequestFigures(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_on_a_full_disk_a_worker_serves_uncounted(tmp_path, monkeypatch, caplog):
    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    figures = RequestFigures(tmp_path)
    figures.begin_worker()
    answer(figures, "GET", "/", 200)
    assert "requests are not counted: No space left on device" in caplog.text


def test_a_folder_that_is_gone_or_broken_gives_no_figures(tmp_path):
    assert list(RequestCollector(tmp_path / "gone").collect()) == []
    (tmp_path / "histogram_1.db").write_bytes(b"\xff" * 100)
    assert list(RequestCollector(tmp_path).collect()) == []
