"""Verify a log or a certificate of kehuma without kehuma: this file and Python 3.11 are enough.

    python verify.py certificate FILE --key KEY [--entry FILE] [--witness-key KEY --quorum N]
    python verify.py log FILE --checkpoint FILE --key KEY [--witness FILE] [--witness-key KEY --quorum N]

KEY is a public key, ``name+id+key`` as C2SP signed-note writes it, or a file with one on each line. Get it from where
you did not get the log. ``--lang en`` or ``KEHUMA_LANG=en`` speaks English. The answer is 0 if everything is proved,
1 if something is not (a log is then told apart by the first bad index), 2 if there is nothing to judge: a wrong call,
a file that cannot be read, a key that is none.

The exported log is a file of JSON lines, entry after entry from 0, each with three fields: ``index``, the number of
the entry; ``entry``, its bytes in base64; ``leaf``, SHA-256 over a zero byte and these bytes (RFC 6962), in base64.
The checkpoint is a C2SP tlog-checkpoint (origin, number of entries, root) signed by the log, taken when the log was
exported. A witness file is an older one, kept where nobody who can write to the log can write; it may be given many
times. Without one, a log that was put back to an older state cannot be told from an honest one. A quorum must have
signed at least one of these files. A certificate is a C2SP tlog-proof whose ``extra`` line holds the entry.
"""

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

MAX_LINE, MAX_FILE, MAX_SIGNATURES, MAX_ENTRY = 100_000, 700_000, 64, 65_535
NOTE, COSIGNATURE = 1, 4  # signature types of C2SP
# Each sentence in Chinese and English.
_SENTENCES = """
no-file | 无法读取 {file} | cannot read {file}
no-key | 不是 Ed25519 公钥：{key} | not an Ed25519 public key: {key}
trust | 密钥设置不成立：--key 只能是一个日志的公钥，见证人的公钥各不相同，--quorum 不得大于其数目 | these keys cannot be: --key takes keys of one log, witnesses have other keys, --quorum is within their number
certificate | 不是证书：第 {line} 行写法不对 | not a certificate: line {line} is not as it should be
no-entry | 证书里没有条目，请用 --entry 给出 | the certificate holds no entry, name it with --entry
too-large | 内容过长 | too long
note | {file}：不是带签名的检查点 | {file}: not a signed checkpoint
signature | {file}：“{key}”的签名不成立 | {file}: the signature of {key} does not hold
unsigned | {file}：日志没有签名，或签名用的不是这把公钥 | {file}: not signed by the log with this key
other-log | {file}：属于另一个日志“{found}” | {file}: of another log, {found}
quorum | 见证人不足：需要 {need} 位，只有 {seen} 位签过名 | too few witnesses: {need} needed, {seen} have signed
path | 证明不成立：第 {index} 号条目不在检查点的根之下 | the proof fails: entry {index} is not under the root
line | 第 {index} 号条目：这一行写法不对 | entry {index}: the line is not as it should be
order | 第 {index} 号条目：这里写的是第 {found} 号 | entry {index}: number {found} stands here
changed | 第 {index} 号条目：内容与其叶哈希不符 | entry {index}: the content does not fit its leaf hash
missing | 第 {index} 号条目：缺失，检查点有 {size} 条 | entry {index}: missing, the checkpoint has {size} entries
beyond | 第 {index} 号条目：检查点没有覆盖它 | entry {index}: not covered by the checkpoint
rolled-back | 第 {index} 号条目：已被撤销，见证文件见过 {size} 条 | entry {index}: taken back, the witness file has seen {size} entries
root | 第 {index} 号条目起，至第 {last} 号为止，有改动：与 {file} 的根不符 | entry {index} or one up to {last} was changed: the root in {file} does not come out
ok-certificate | 证书成立：日志“{log}”的第 {index} 号条目（共 {size} 条） | the certificate holds: entry {index} of the log {log} ({size} entries)
ok-log | 日志成立：“{log}”，{size} 条，根 {root} | the log holds: {log}, {size} entries, root {root}
entry | 条目：{entry} | entry: {entry}
seen | 见证：{key}，{at}，前 {size} 条 | witness: {key}, {at}, the first {size} entries
bad | 不成立：{why} | NOT proved: {why}
unusable | 无法验证：{why} | cannot verify: {why}
help | 不依靠 kehuma，验证导出的日志或证书 | Verify an exported log or a certificate without kehuma
"""
SAY = {row[0]: row[1:] for row in (line.split(" | ") for line in _SENTENCES.strip().split("\n"))}


class NotProved(Exception):
    """The evidence does not hold; ``message`` is a key of ``SAY``."""

    def __init__(self, message: str, **facts: object) -> None:
        self.message, self.facts = message, facts
        super().__init__(message)


class Unusable(NotProved):
    """There is nothing to judge."""


class Key(NamedTuple):
    """A public key."""

    name: str
    kind: int
    public: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes((self.kind,)) + self.public).digest()[:4]


class Trust(NamedTuple):
    """Whom the reader believes."""

    log: tuple[Key, ...]
    witnesses: tuple[Key, ...]
    quorum: int


class Checkpoint(NamedTuple):
    """A checkpoint that the log has signed, and which witnesses have seen it when."""

    file: str
    origin: str
    size: int
    root: bytes
    witnessed: tuple[tuple[Key, int], ...]


def main(words: Sequence[str]) -> int:
    """Verify what the command line names and say what came out."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    asked = _parser().parse_args(words)
    try:
        trust = _trust(_keys(asked.key), _keys(asked.witness_key), asked.quorum)
        found = verify_certificate(asked, trust) if asked.what == "certificate" else verify_log(asked, trust)
    except Unusable as error:
        print(said("unusable", asked.lang, why=said(error.message, asked.lang, **error.facts)), file=sys.stderr)
        return 2
    except NotProved as error:
        print(said("bad", asked.lang, why=said(error.message, asked.lang, **error.facts)))
        return 1
    for message, facts in found:
        print(said(message, asked.lang, **facts))
    return 0


def said(message: str, language: str, **facts: object) -> str:
    """A sentence; what comes from a file is shown by its printable beginning only."""
    shown = {name: "".join(c if c.isprintable() else "?" for c in str(fact)[:300]) for name, fact in facts.items()}
    return SAY[message][language == "en"].format_map(shown)


Said = tuple[str, dict[str, object]]


def verify_certificate(asked: argparse.Namespace, trust: Trust) -> list[Said]:
    """What a certificate proves; raises ``NotProved`` with the step that failed."""
    lines, note = _certificate(_text(asked.file))
    entry, index, path = lines
    if asked.entry:
        entry = _bytes(asked.entry)
    if entry is None:
        raise Unusable("no-entry")
    if len(entry) > MAX_ENTRY:
        raise NotProved("too-large")
    checkpoint = read_checkpoint(note, asked.file, trust)
    _check_quorum([checkpoint], trust)
    if root_from(leaf_hash(entry), index, checkpoint.size, path) != checkpoint.root:
        raise NotProved("path", index=index)
    about = {"log": checkpoint.origin, "index": index, "size": checkpoint.size}
    return [("ok-certificate", about), ("entry", {"entry": _legible(entry)}), *_seen([checkpoint])]


def verify_log(asked: argparse.Namespace, trust: Trust) -> list[Said]:
    """What an exported log proves; raises ``NotProved`` with the first bad index."""
    files = (asked.checkpoint, *asked.witness)
    checkpoints = [read_checkpoint(_text(file), file, trust) for file in files]
    main, *older = checkpoints
    _check_quorum(checkpoints, trust)
    roots, count, fault = read_log(asked.file, {one.size for one in checkpoints})
    good = 0
    for one in sorted((one for one in checkpoints if one.size in roots), key=lambda one: one.size):
        if roots[one.size] != one.root:
            raise NotProved("root", index=min(good, one.size - 1), last=one.size - 1, file=one.file)
        good = one.size
    if fault:
        raise fault
    for one in older:
        if one.size > main.size:
            raise NotProved("rolled-back", index=main.size, size=one.size)
    if count < main.size:
        raise NotProved("missing", index=count, size=main.size)
    if count > main.size:
        raise NotProved("beyond", index=main.size)
    about = {"log": main.origin, "size": main.size, "root": base64.b64encode(main.root).decode()}
    return [("ok-log", about), *_seen(checkpoints)]


def read_log(file: str, sizes: set[int]) -> tuple[dict[int, bytes], int, NotProved | None]:
    """The roots at these sizes as far as the entries are sound, how many are, and what stopped the reading."""
    peaks: list[bytes] = []
    roots, count = {0: hashlib.sha256(b"").digest()}, 0
    for line in _lines(file):
        try:
            done = _leaf(line, count)
        except NotProved as fault:
            return roots, count, fault
        for _ in range((count & ~(count + 1)).bit_length()):
            done = node_hash(peaks.pop(), done)
        peaks.append(done)
        count += 1
        if count in sizes:
            *left, root = peaks
            for one in reversed(left):
                root = node_hash(one, root)
            roots[count] = root
    return roots, count, None


def read_checkpoint(note: str, file: str, trust: Trust) -> Checkpoint:
    """The checkpoint in a note, if the log has signed it and no trusted signature is wrong."""
    text, lines = _note(note, file)
    by_log, witnessed = False, dict[Key, int]()
    for name, material in lines:
        for key in (*trust.log, *trust.witnesses):
            if (key.name, key.id) == (name, material[:4]):
                at = _time(key, text, material[4:], file)
                by_log |= key.kind == NOTE
                if key.kind == COSIGNATURE:
                    witnessed.setdefault(key, at)
    if not by_log:
        raise NotProved("unsigned", file=file)
    origin, size, root, *more = text.split("\n")[:-1] if text.count("\n") > 2 else ("", "", "")
    number, found = _decimal(size), _decoded(root)
    if number is None or found is None or len(found) != 32 or not all((origin, *more)):
        raise NotProved("note", file=file)
    if number == 0 and found != hashlib.sha256(b"").digest():
        raise NotProved("note", file=file)
    if origin != trust.log[0].name:
        raise NotProved("other-log", file=file, found=origin)
    return Checkpoint(file, origin, number, found, tuple(witnessed.items()))


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962, 2.1."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962, 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that the hashes lead to (RFC 9162, 2.1.3.2); None where there are too few or too many."""
    place, last, done = index, size - 1, leaf
    if index >= size:
        return None
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            done = node_hash(sibling, done)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            done = node_hash(done, sibling)
        place, last = place >> 1, last >> 1
    return done if last == 0 else None


# Ed25519 (RFC 8032, 5.1): points in extended coordinates (X, Y, Z, T), x = X/Z, y = Y/Z, xy = T/Z.
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature over the message was made with the private half of ``public`` (RFC 8032, 5.1.7)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, scalar = _point(public), int.from_bytes(signature[32:], "little")
    if key is None or scalar >= _ORDER:
        return False
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(hashed, "little") % _ORDER
    x, y, z, t = key
    # R = S·B - k·A, compared as bytes: a second spelling of R is refused like a wrong one.
    return _bytes_of(_sum(_times(scalar, _BASE), _times(challenge, (-x % _P, y, z, -t % _P)))) == signature[:32]


def _point(text: bytes) -> Point | None:
    """The point that 32 bytes spell (RFC 8032, 5.1.3), or None."""
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    if (v * x * x + u) % _P == 0:
        x = x * _ROOT_OF_MINUS_1 % _P
    if (v * x * x - u) % _P or (x == 0 and sign):
        return None
    x = -x % _P if x & 1 != sign else x
    return x, y, 1, x * y % _P


def _sum(a: Point, b: Point) -> Point:
    """RFC 8032, 5.1.4."""
    low, high = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    c, d = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = high - low, d - c, d + c, high + low
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: Point) -> Point:
    done: Point = (0, 1, 1, 0)
    for bit in f"{scalar:b}":
        done = _sum(done, done)
        done = _sum(done, point) if bit == "1" else done
    return done


def _bytes_of(point: Point) -> bytes:
    x, y, z, _ = point
    one = pow(z, -1, _P)
    return (y * one % _P | (x * one % _P & 1) << 255).to_bytes(32, "little")


_BASE_X, _BASE_Y = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)
_BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


def _time(key: Key, text: str, signature: bytes, file: str) -> int:
    """When a key signed, 0 for a log; raises ``signature`` where it did not."""
    at, message = 0, text.encode()
    if key.kind == COSIGNATURE:
        at, signature = int.from_bytes(signature[:8], "big"), signature[8:]
        message = f"cosignature/v1\ntime {at}\n{text}".encode()
    if at >= 2**63 or not ed25519_verify(key.public, message, signature):
        raise NotProved("signature", file=file, key=key.name)
    return at


def _note(note: str, file: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text of a note and its signatures."""
    end = note.rfind("\n\n") + 1
    lines = note[end + 1 :].split("\n")
    if not end or len(lines) < 2 or lines.pop() or len(lines) > MAX_SIGNATURES:
        raise NotProved("note", file=file)
    signatures = []
    for line in lines:
        name, _, material = line.removeprefix("— ").partition(" ")
        found = _decoded(material)
        if not line.startswith("— ") or not _is_name(name) or found is None or len(found) <= 4:
            raise NotProved("note", file=file)
        signatures.append((name, found))
    if any(c < " " and c != "\n" for c in note[:end]):
        raise NotProved("note", file=file)
    return note[:end], signatures


def _certificate(text: str) -> tuple[tuple[bytes | None, int, list[bytes]], str]:
    head, _, note = text.partition("\n\n")
    lines = list(enumerate(head.split("\n"), 1))
    if lines.pop(0)[1] != "c2sp.org/tlog-proof@v1":
        raise NotProved("certificate", line=1)
    entry = None
    if lines and lines[0][1].startswith("extra "):
        entry = _decoded(lines[0][1].removeprefix("extra "))
        if entry is None:
            raise NotProved("certificate", line=2)
        lines.pop(0)
    number, line = lines.pop(0) if lines else (2, "")
    index = _decimal(line.removeprefix("index ")) if line.startswith("index ") else None
    if index is None:
        raise NotProved("certificate", line=number)
    path = []
    for number, line in lines:
        found = _decoded(line)
        if found is None or len(found) != 32:
            raise NotProved("certificate", line=number)
        path.append(found)
    return (entry, index, path), note


def _leaf(line: bytes, index: int) -> bytes:
    """The leaf hash of entry ``index``, if the line is whole."""
    try:
        fields = json.loads(line.decode("utf-8"), object_pairs_hook=_fields)
        number, entry, leaf = fields["index"], _decoded(fields["entry"]), _decoded(fields["leaf"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise NotProved("line", index=index) from None
    if type(number) is not int or entry is None or leaf is None or len(entry) > MAX_ENTRY:
        raise NotProved("line", index=index)
    if number != index:
        raise NotProved("order", index=index, found=number)
    if leaf != leaf_hash(entry):
        raise NotProved("changed", index=index)
    return leaf


def _fields(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuses fields of another name, and a field given twice: readers would differ on which of them counts."""
    if sorted(name for name, _ in pairs) != ["entry", "index", "leaf"]:
        raise ValueError
    return dict(pairs)


def _lines(file: str) -> Iterator[bytes]:
    try:
        with Path(file).open("rb") as opened:
            while line := opened.readline(MAX_LINE):
                yield line
    except OSError:
        raise Unusable("no-file", file=file) from None


def _check_quorum(checkpoints: Iterable[Checkpoint], trust: Trust) -> None:
    seen = max(len({key.public for key, _ in one.witnessed}) for one in checkpoints)
    if seen < trust.quorum:
        raise NotProved("quorum", need=trust.quorum, seen=seen)


def _seen(checkpoints: Iterable[Checkpoint]) -> list[Said]:
    return [
        ("seen", {"key": key.name, "at": _clock(at), "size": one.size})
        for one in checkpoints
        for key, at in one.witnessed
    ]


def _clock(at: int) -> str:
    try:
        return datetime.fromtimestamp(at, UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return str(at)


def _legible(entry: bytes) -> str:
    text = entry.decode("utf-8", "replace")
    return text if text.isprintable() else base64.b64encode(entry).decode()


def _trust(log: tuple[Key, ...], witnesses: tuple[Key, ...], quorum: int) -> Trust:
    publics = {key.public for key in witnesses}
    kinds = {key.kind for key in log} == {NOTE} and {key.kind for key in witnesses} <= {COSIGNATURE}
    apart = not publics & {key.public for key in log}
    if not kinds or not apart or len({key.name for key in log}) != 1 or not 0 <= quorum <= len(publics):
        raise Unusable("trust")
    return Trust(log, witnesses, quorum)


def _keys(words: Sequence[str]) -> tuple[Key, ...]:
    """Keys, or those in a file."""
    return tuple(_key(line.strip()) for word in words for line in _key_lines(word) if line.strip())


def _key_lines(word: str) -> list[str]:
    if re.fullmatch(r"[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+", word):
        return [word]
    try:
        return _text(word).split("\n")
    except NotProved:
        raise Unusable("no-key", key=word) from None


def _key(text: str) -> Key:
    name, _, rest = text.partition("+")
    id_, _, material = rest.partition("+")
    found = _decoded(material) or b""
    key = Key(name, found[0] if found else 0, found[1:])
    if key.kind not in {NOTE, COSIGNATURE} or len(key.public) != 32 or not _is_name(name) or id_ != key.id.hex():
        raise Unusable("no-key", key=text)
    return key


def _is_name(text: str) -> bool:
    return bool(text) and text.isprintable() and "+" not in text and not any(c.isspace() for c in text)


def _decoded(text: str) -> bytes | None:
    """Base64 in its one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _decimal(text: str) -> int | None:
    number = int(text) if re.fullmatch("0|[1-9][0-9]{0,18}", text) else -1
    return number if 0 <= number < 2**63 else None


def _text(file: str) -> str:
    try:
        return _bytes(file).decode("utf-8")
    except UnicodeDecodeError:
        raise NotProved("note", file=file) from None


def _bytes(file: str) -> bytes:
    try:
        with Path(file).open("rb") as opened:
            data = opened.read(MAX_FILE + 1)
    except OSError:
        raise Unusable("no-file", file=file) from None
    if len(data) > MAX_FILE:
        raise NotProved("too-large")
    return data


def _parser() -> argparse.ArgumentParser:
    spoken = os.environ.get("KEHUMA_LANG", "zh")
    parser = argparse.ArgumentParser(description="\n".join(SAY["help"]))
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("file", metavar="FILE")
    common.add_argument("--key", action="append", required=True, metavar="KEY")
    common.add_argument("--witness-key", action="append", default=[], metavar="KEY")
    common.add_argument("--quorum", type=int, default=0, metavar="N")
    common.add_argument("--lang", choices=("zh", "en"), default="en" if spoken == "en" else "zh")
    kinds = parser.add_subparsers(dest="what", required=True)
    certificate = kinds.add_parser("certificate", parents=[common])
    certificate.add_argument("--entry", metavar="FILE")
    log = kinds.add_parser("log", parents=[common])
    log.add_argument("--checkpoint", required=True, metavar="FILE")
    log.add_argument("--witness", action="append", default=[], metavar="FILE")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
