"""
The agent: collects, judges, publishes and remembers, until it is told to stop.

It judges when the facts have changed, and when the day has, because phases begin and end by the day. Facts that were
read again and are the same confirm the report, which the engine would only make again. After a start, the report of the
last run is served, with its time, until the first judgement of this one: a restart must not look like a recovery.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from neuron_collectors.facts import Inventory, Unread
from neuron_collectors.inventory import Collector

from ..catalog import Catalog, CatalogError
from ..metrics.exposition import Counters, Exposition
from ..report import Report
from .clock import Clock
from .collecting import SERVICE_COLLECTORS, Collecting
from .events import DeviceEvents, open_events
from .history import Change
from .judge import Judge, status_line
from .log import Log
from .memory import Memory
from .notify import Notifier
from .schedule import CATALOG
from .settings import RESTART_NEEDED, Settings, SettingsError
from .state import StateDirectory
from .waking import Waker

_HEALTHY = 60.0
"""Seconds within which the loop of a healthy service has turned."""
_LONGEST_SLEEP = 20.0


class Agent:
    """The service, but for its web server and its signals."""

    def __init__(
        self,
        settings: Settings,
        *,
        read_settings: Callable[[], Settings],
        read_catalog: Callable[[Settings], Catalog],
        reload_web: Callable[[], None],
        publish: Callable[[Exposition], None],
        log: Log,
        notifier: Notifier,
        collectors: Mapping[str, Collector] = SERVICE_COLLECTORS,
        clock: Clock | None = None,
    ) -> None:
        """
        Make an agent; raises `CatalogError`.

        *read_settings*, *read_catalog* and *reload_web* are called on a reload, and raise `SettingsError` or
        `CatalogError` when what they read is no good. *publish* is called with everything that there is to show.
        """
        self._settings = settings
        self._read_settings = read_settings
        self._read_catalog = read_catalog
        self._reload_web = reload_web
        self._publish = publish
        self._log = log
        self._notifier = notifier
        self._clock = clock or Clock()
        self.waker = Waker()
        self._judge = _judge(read_catalog(settings), settings)
        self._collecting = Collecting(
            settings.root,
            clock=self._clock,
            log=log,
            wake=self.waker.wake,
            chores={CATALOG: self._renew_catalog},
            collectors=collectors,
        )
        directory = StateDirectory(settings.state_directory, warn=log.warning) if settings.state_directory else None
        self._memory = Memory(directory, warn=log.warning)
        self._events: DeviceEvents | None = None
        self._report: Report | None = None
        self._inventory = Inventory()
        self._counters = Counters()
        self._judged_at: float | None = None
        self._judged_day: date | None = None
        self._judged = False  # by this process, and not only by the one before
        self._current = False  # whether the report is of the facts that there are
        self._judge_anew = False
        self._stop = False
        self._reload = False
        self._fed_at = float("-inf")
        self._turned_at = self._clock.monotonic()

    def run(self) -> None:
        """Work until `stop`."""
        self.begin()
        while not self._stop:
            self.turn()
            descriptors = (self._events.fileno(),) if self._events is not None else ()
            self.waker.sleep(self.next_turn() - self._clock.monotonic(), descriptors=descriptors)
        self.end()

    def begin(self) -> None:
        """Take up what was known when the service last ran, and listen to the kernel."""
        self._restore()
        self._post()
        if self._settings.root == "/":
            found = open_events()
            if isinstance(found, Unread):
                self._log.warning("no events of devices: they are looked at every 15 s", reason=found.reason)
            else:
                self._events = found

    def turn(self) -> None:
        """Do what there is to do now, and wait for nothing."""
        self._turned_at = self._clock.monotonic()
        if self._reload:
            self._reload = False
            self._do_reload()
        self._take_events()
        self._collecting.turn()
        ended = self._collecting.has_ended()
        if self._collecting.complete and self._calls_for_judgement():
            self._judge_now()
        elif ended:
            self._confirm()
        self._feed()

    def next_turn(self) -> float:
        """Return the monotonic time of the next turn, unless something wakes the loop before."""
        now = self._clock.monotonic()
        interval = self._notifier.watchdog_interval or _LONGEST_SLEEP
        return min(self._collecting.next_turn(), now + _LONGEST_SLEEP, now + interval)

    def end(self) -> None:
        """Save what is known, and say goodbye."""
        self._notifier.stopping()
        self._log.info("stopping")
        self._save(at_once=True)

    def stop(self) -> None:
        """End the loop soon; from a signal handler too."""
        self._stop = True
        self.waker.wake()

    def reload(self) -> None:
        """Read settings and catalog anew soon; from a signal handler too."""
        self._reload = True
        self.waker.wake()

    def healthy(self) -> bool:
        """Tell, in any thread, whether the loop turns."""
        return self._clock.monotonic() - self._turned_at < _HEALTHY

    @property
    def idle(self) -> bool:
        """Whether nothing is on its way but what is stuck."""
        return self._collecting.idle

    def _restore(self) -> None:
        """Serve the report of the last run, made again of the facts that it was made of."""
        state = self._memory.restore()
        if state is None:
            return
        try:
            self._report = self._judge.report(state.inventory, state.as_of)
        except CatalogError as error:
            self._log.warning("the last report cannot be made again", reason=str(error))
            return
        self._inventory = state.inventory
        self._judged_at = state.judged_at
        self._counters = self._memory.count(state.inventory)

    def _take_events(self) -> None:
        """See whether the kernel told of anything."""
        if self._events is None:
            return
        try:
            events = self._events.take()
        except OSError as error:
            self._log.warning("events of devices are lost: they are looked at every 15 s", reason=str(error))
            self._events = None
            return
        if events:
            first = events[0]
            self._log.debug("event", action=first.action, subsystem=first.subsystem, name=first.name, of=len(events))
            self._collecting.driver_event()

    def _calls_for_judgement(self) -> bool:
        """Tell whether facts, day or catalog are not those of the last judgement."""
        changed = self._collecting.has_changed()
        return changed or self._judge_anew or self._judged_day != self._clock.today()

    def _judge_now(self) -> None:
        """Judge what is known, and show what came of it."""
        day, at = self._clock.today(), self._clock.wall()
        self._judged_day, self._judge_anew, self._current = day, False, False
        inventory = self._collecting.inventory()
        try:
            report = self._judge.report(inventory, day)
        except CatalogError as error:
            self._log.error("no judgement", reason=str(error))
            return
        except Exception as error:  # noqa: BLE001 - one of the two edges: the last report stays, with its age
            self._log.error("no judgement", reason=f"{type(error).__name__}: {error}")
            self._log.trace(error)
            return
        first = not self._judged
        self._report, self._inventory, self._judged_at = report, inventory, at
        self._judged = self._current = True
        self._counters = self._memory.count(inventory)
        for change in self._memory.note(report, at=at):
            self._tell(change)
        self._post()
        self._memory.publish(report)
        self._save()
        self._notify(report, first=first)

    def _confirm(self) -> None:
        """Show that what was read again is as it was."""
        if self._current and self._report is not None:
            self._judged_at = self._clock.wall()
            self._memory.publish(self._report)
        self._post()
        self._save()

    def _post(self) -> None:
        """Hand over everything that there is to show."""
        self._publish(
            Exposition(
                report=self._report,
                inventory=self._inventory,
                runs=self._collecting.runs(),
                judged_at=self._judged_at,
                transitions=self._memory.transitions,
                counters=self._counters,
            )
        )

    def _save(self, *, at_once: bool = False) -> None:
        if self._report is not None and self._judged_at is not None:
            now = self._clock.monotonic()
            self._memory.save(self._report, self._inventory, judged_at=self._judged_at, now=now, at_once=at_once)

    def _tell(self, change: Change) -> None:
        """Log one change; what got worse, as a warning."""
        worse = change.kind == "finding" and change.after in ("warning", "critical")
        tell = self._log.warning if worse else self._log.info
        tell(
            "changed",
            kind=change.kind,
            subject=change.subject,
            scope=change.scope,
            before=change.before,
            after=change.after,
        )

    def _notify(self, report: Report, *, first: bool) -> None:
        """Tell systemd how things are; after the first judgement the service is up."""
        line = status_line(report, at=self._clock.time_of_day())
        if first:
            self._log.info("ready", verdict=report.verdict, status=line)
            self._notifier.ready(line)
        else:
            self._notifier.status(line)

    def _feed(self) -> None:
        """Feed the watchdog: the loop turns, and what is overdue is marked as stuck."""
        interval, now = self._notifier.watchdog_interval, self._clock.monotonic()
        if interval is not None and now - self._fed_at >= interval / 2:
            self._notifier.feed()
            self._fed_at = now

    def _do_reload(self) -> None:
        """Take new settings and a new catalog where they are good, and keep the old ones where not."""
        self._notifier.reloading(self._clock.monotonic())
        try:
            settings = self._read_settings()
            catalog = self._read_catalog(settings)
            self._reload_web()
        except (SettingsError, CatalogError) as error:
            self._log.error("not reloaded: what was in force stays", reason=str(error))
        else:
            self._apply(settings)
            self._judge = _judge(catalog, settings)
            self._judge_anew = True
            self._log.info("reloaded")
        if self._judged and self._report is not None:
            self._notifier.ready(status_line(self._report, at=self._clock.time_of_day()))

    def _apply(self, settings: Settings) -> None:
        """Take over *settings*, and tell of those that need a restart."""
        names = [name for name in RESTART_NEEDED if getattr(settings, name) != getattr(self._settings, name)]
        if names:
            self._log.warning("changed, but not before a restart", settings=",".join(names))
        self._log.configure(level=settings.log_level, form=settings.log_format)
        self._settings = settings

    def _renew_catalog(self) -> None:
        """Read the catalog again, for an overlay may have changed."""
        if not self._judged:
            return  # it was read a moment ago
        try:
            catalog = self._read_catalog(self._settings)
        except CatalogError as error:
            self._log.warning("the catalog was not read anew: the old one stays", reason=str(error))
            return
        self._judge = _judge(catalog, self._settings)
        self._judge_anew = True


def _judge(catalog: Catalog, settings: Settings) -> Judge:
    return Judge(catalog, lookahead=settings.lookahead, production=settings.production, silences=settings.silences)
