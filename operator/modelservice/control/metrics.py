"""What the process counts of itself, under controller-runtime's names, so that existing dashboards show it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from modelservice.kube.apply import Verb
from modelservice.kube.resources import Resource

CONTROLLER = "modelservice"
LEASE = "modelservice-operator"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """One set for one process; nothing in it is labelled by object, so it does not grow with them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._requests = self._counter("rest_client_requests", "Requests to the API server.", "method", "code")
        self._leader = self._gauge("leader_election_master_status", "1 while this replica leads.", "name")
        self._reconciles = self._counter("controller_runtime_reconcile", "Passes.", "controller", "result")
        self._errors = self._counter("controller_runtime_reconcile_errors", "Passes that failed.", "controller")
        self._seconds = self._histogram("controller_runtime_reconcile_time_seconds", "Time of a pass.", "controller")
        self._active = self._gauge("controller_runtime_active_workers", "Workers in a pass.", "controller")
        self._workers = self._gauge("controller_runtime_max_concurrent_reconciles", "Workers.", "controller")
        self._applied = self._counter("modelservice_applies", "Writes to children.", "kind", "verb")
        self._lists = self._counter("modelservice_informer_lists", "Lists, by why they were made.", "kind", "why")
        self._events = self._counter("modelservice_informer_events", "Events of watches.", "kind")
        self._lag = self._gauge("modelservice_loop_lag_seconds", "How late the event loop was when last asked.")
        self.queue = QueueMetrics(self.registry)
        self.leads(False)

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)

    def requested(self, method: str, code: str) -> None:
        self._requests.labels(method, code).inc()

    def leads(self, leader: bool) -> None:
        self._leader.labels(LEASE).set(leader)

    def workers(self, number: int) -> None:
        self._workers.labels(CONTROLLER).set(number)

    def started(self) -> None:
        self._active.labels(CONTROLLER).inc()

    def finished(self, result: str, seconds: float) -> None:
        """`result` is one of controller-runtime's: success, requeue_after, requeue, error."""
        self._active.labels(CONTROLLER).dec()
        self._reconciles.labels(CONTROLLER, result).inc()
        self._seconds.labels(CONTROLLER).observe(seconds)
        if result == "error":
            self._errors.labels(CONTROLLER).inc()

    def wrote(self, kind: str, verb: Verb) -> None:
        self._applied.labels(kind, verb).inc()

    def listed(self, resource: Resource, objects: int, why: str) -> None:
        del objects
        self._lists.labels(resource.kind, why).inc()

    def event(self, resource: Resource) -> None:
        self._events.labels(resource.kind).inc()

    def lagged(self, seconds: float) -> None:
        self._lag.set(seconds)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, *labels: str) -> Histogram:
        return Histogram(name, about, labels, registry=self.registry, buckets=SECONDS)


class QueueMetrics:
    """The queue's own, as `workqueue_*`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def histogram(name: str, about: str) -> Histogram:
            return Histogram(name, about, ["name"], registry=registry, buckets=SECONDS).labels(CONTROLLER)

        def counter(name: str, about: str) -> Counter:
            return Counter(name, about, ["name"], registry=registry).labels(CONTROLLER)

        self._depth = Gauge("workqueue_depth", "Keys that wait.", ["name"], registry=registry).labels(CONTROLLER)
        self._adds = counter("workqueue_adds", "Keys added.")
        self._retries = counter("workqueue_retries", "Keys added again after a failure.")
        self._waited = histogram("workqueue_queue_duration_seconds", "Time in the queue.")
        self._worked = histogram("workqueue_work_duration_seconds", "Time in work.")

    def added(self, depth: int) -> None:
        self._adds.inc()
        self._depth.set(depth)

    def taken(self, waited: float, depth: int) -> None:
        self._waited.observe(waited)
        self._depth.set(depth)

    def finished(self, worked: float) -> None:
        self._worked.observe(worked)

    def retried(self) -> None:
        self._retries.inc()
