"""
Take identifiers out of text, by their form and by where they stand.

.. code-block:: text

    Nov 21 22:16:17 ip-10-0-0-1 kernel: … instance-id=i-0123456789abcdef0 serial-num=00112233aabb0003
    Nov 21 22:16:17 host-5d41402abc4b kernel: … instance-id=i-7d793037a076 serial-num=sn-2aae6c35c94f

A pseudonym is a word for its kind and 12 hexadecimal digits. What looks like one is left alone, so that redacting twice
is redacting once: the ids of instances have 8 digits or 17, serial numbers 16.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

_PSEUDONYM = re.compile(r"(?:user|host|sn|i|ns|fs|entry)-[0-9a-f]{12}")

_HOME = re.compile(r"((?:^|/)home/)([^/\s\"'\\,;:|<>()\[\]{}=]+)")
_HOME_IN_PATH = re.compile(r"^(/?(?:[^/]+/)*?home/)([^/]+)", re.DOTALL)
_INSTANCE_ID = re.compile(r"(?<![0-9A-Za-z-])i-(?:[0-9a-f]{17}|[0-9a-f]{8})(?![0-9a-f])")
_ADDRESS_NAME = re.compile(r"(?<![0-9A-Za-z-])ip-\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}(?:\.[0-9A-Za-z.-]*[0-9A-Za-z])?")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s\"']+@")

# 16 digits: as sysfs has them, and in the driver's lines on the links of an UltraServer (neuron_pelect.c), `Serial
# numbers on left link pair don't match: %08x%08x vs.  %08x%08x` and `ultraserver link is miss-wired to nd03 (%016llx)`.
_SERIAL_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:0x)?[0-9a-f]{16}(?![0-9A-Za-z])")
_NAMED = re.compile(r"(?<![^\s,;])(hostname|serial-num|instance-id)=([^\s,;]+)")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?"
_TIME = r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)"
_LEVEL = r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)"
_SYSLOG = re.compile(rf"({_TIME} )(?!{_LEVEL}\b)({_NAME})(?= [\w./@-]{{1,64}}(?:\[\d{{1,10}}\])?: )")
_HOST_LABEL = re.compile(rf"(\b[Hh]ost ?[Nn]ame: *)({_NAME})")

_HARMLESS_NAME = re.compile(r"(AWS_)?NEURON(CORE)?_|XLA_")
_HARMLESS_VALUE = re.compile(
    r"-?\d{1,6}(\.\d{1,6})?([-,]\d{1,4}){0,64}|true|false|on|off|yes|no|all|session|console|syslog|trn[123]n?|inf[12]|"
    r"trace|debug|info|warn|warning|error|critical|quiet",
    re.IGNORECASE,
)


class Redactor:
    """Replaces identifiers by pseudonyms that depend on one key."""

    def __init__(self, key: bytes, host_names: Iterable[str] = ()) -> None:
        """Take the host's *key*, and *host_names* that are to be found wherever they stand in a line."""
        self._key = key
        names = [re.escape(name) for name in host_names if _is_distinct(name)]
        self._host_names = re.compile(rf"(?<![\w-])(?:{'|'.join(names)})(?![\w-])") if names else None

    def text(self, text: str) -> str:
        """Redact the names of homes, the ids of instances, AWS's own host names, and credentials in URLs."""
        redacted = text
        if "home/" in text:
            is_path = text.startswith(("/", "home/")) and "\n" not in text
            redacted = _HOME.sub(self._home, _HOME_IN_PATH.sub(self._home, text) if is_path else text)
        redacted = _INSTANCE_ID.sub(lambda found: self.pseudonym("i", found[0]), redacted)
        redacted = _ADDRESS_NAME.sub(lambda found: self.pseudonym("host", found[0]), redacted)
        return _CREDENTIALS.sub("", redacted) if "://" in redacted else redacted

    def path(self, path: str) -> str:
        """Redact *path*, whatever the characters in its names."""
        return self.text(_HOME_IN_PATH.sub(self._home, path))

    def line(self, line: str) -> str:
        """Redact one line of a log: serial numbers and host names, too."""
        redacted = _SYSLOG.sub(lambda found: found[1] + self.pseudonym("host", found[2]), line, count=1)
        redacted = _HOST_LABEL.sub(lambda found: found[1] + self.pseudonym("host", found[2]), redacted)
        redacted = _NAMED.sub(self._named, redacted)
        redacted = _SERIAL_NUMBER.sub(lambda found: self.serial_number(found[0].removeprefix("0x")), redacted)
        if self._host_names is not None:
            redacted = self._host_names.sub(lambda found: self.pseudonym("host", found[0]), redacted)
        return self.text(redacted)

    def serial_number(self, number: str) -> str:
        """Redact the serial number of a device."""
        return self.pseudonym("sn", number)

    def url(self, url: str) -> str:
        """Keep of *url* its scheme, and the last part of its path, which names the package."""
        scheme, separator, rest = self.text(url).partition("://")
        if not separator:
            return self.text(url)
        place, slash, name = rest.rpartition("/")
        pseudonym = place if _PSEUDONYM.fullmatch(place) else self.pseudonym("host", place)
        return f"{scheme}://{pseudonym}{slash}{name}" if slash else f"{scheme}://{self.pseudonym('host', rest)}"

    def pseudonym(self, kind: str, text: str) -> str:
        """Return the pseudonym of *text*, or *text* when it is one."""
        if _PSEUDONYM.fullmatch(text):
            return text
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key[:64], digest_size=6)
        return f"{kind}-{digest.hexdigest()}"

    def _home(self, found: re.Match[str]) -> str:
        return found[1] + self.pseudonym("user", found[2])

    def _named(self, found: re.Match[str]) -> str:
        kinds = {"hostname": "host", "serial-num": "sn", "instance-id": "i"}
        return f"{found[1]}={self.pseudonym(kinds[found[1]], found[2])}"


def host_names(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the names of hosts that *lines* of logs have in their prefix or after ``hostname=``."""
    names: dict[str, None] = {}
    for line in lines:
        found = [match[2] for match in (_SYSLOG.search(line), _HOST_LABEL.search(line)) if match]
        found += [value for name, value in _NAMED.findall(line) if name == "hostname"]
        names.update(dict.fromkeys(name for name in found if not _PSEUDONYM.fullmatch(name)))
    return tuple(names)


def is_harmless(name: str, value: str) -> bool:
    """Tell whether the environment variable *name* is about Neuron or XLA and its *value* a number or a known word."""
    return bool(_HARMLESS_NAME.match(name) and _HARMLESS_VALUE.fullmatch(value))


def _is_distinct(name: str) -> bool:
    """Tell whether *name* can be looked for in any line: a host called ``neuron`` is not to take that word away."""
    return len(name) > 3 and any(character.isdigit() or character in "-." for character in name)
