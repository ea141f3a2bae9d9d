"""A walk through the life of a token, printed step by step."""

import queue
import secrets
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from crypto.cert import Authority, Certificate, Subject
from ukey import issuing
from ukey.errors import CardError, SessionLost, WrongPin
from ukey.key import Tokens, Ukey
from ukey.virtual.attach import InProcessWorkstation, PcscWorkstation, attach
from ukey.virtual.card import VirtualCard
from ukey.watch import Event

PIN, ADMIN_PIN = "123456", "12345678"
EVENT_SECONDS = 5.0


def run(in_process: bool = False) -> None:
    """Create a software token, hand it out, sign, mistype the PIN, pull it; raises CardError."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        card = VirtualCard.create(home / "card.json", "演示 UKEY", "DEMO0001", PIN, ADMIN_PIN)
        with InProcessWorkstation(home) if in_process else attach(home) as station:
            print(f"※ {station.notice}")
            _walk(station, card)


def _walk(station: PcscWorkstation | InProcessWorkstation, card: VirtualCard) -> None:
    events: queue.Queue[Event] = queue.Queue()
    watch = station.tokens.watch(events.put)
    try:
        _step("插入 UKEY", _timed(events, Event.INSERTED, lambda: station.insert(card)))
        with station.tokens.open() as key:
            _use(key)
            _step("拔出 UKEY", _timed(events, Event.REMOVED, station.remove))
            _expect_lost(key)
        _step("重新插入", _timed(events, Event.INSERTED, lambda: station.insert(card)))
        _expect_pin_needed(station.tokens)
    finally:
        watch.stop()


def _use(key: Ukey) -> None:
    _step("读卡", f"{key.info().label}，序列号 {key.info().serial}")
    authority = Authority.create("演示 CA", days=1)
    made = issuing.issue(key, PIN, authority, Subject("张三", "10001"), days=1)
    _step("发放证书", f"{made.common_name}（{made.subject_serial}），密钥在 UKEY 内生成")
    key.clear()
    _mistype(key)
    key.verify_pin(PIN)
    text = b"AMB-DEMO\0" + secrets.token_bytes(32)
    public_key = Certificate.from_der(key.certificate()).public_key
    public_key.verify(text, key.sign_digest(public_key.digest(text)))
    _step("签名", "SM2 签名已用证书公钥验证通过")


def _mistype(key: Ukey) -> None:
    try:
        key.verify_pin("000000")
    except WrongPin as wrong:
        _step("输错 PIN", str(wrong))


def _expect_lost(key: Ukey) -> None:
    try:
        key.random(8)
    except SessionLost as lost:
        _step("拔出后使用", str(lost))


def _expect_pin_needed(tokens: Tokens) -> None:
    with tokens.open() as key:
        try:
            key.sign_digest(bytes(32))
        except CardError as refused:
            _step("不输 PIN 直接签名", f"被拒绝：{refused}")


def _timed(events: queue.Queue[Event], expected: Event, act: Callable[[], None]) -> str:
    start = time.monotonic()
    act()
    try:
        event = events.get(timeout=EVENT_SECONDS)
    except queue.Empty:
        raise CardError(0, f"{EVENT_SECONDS:.0f} 秒内没有收到插拔通知") from None
    if event is not expected:
        raise CardError(0, f"收到的通知不是预期的：{event.value}")
    return f"{(time.monotonic() - start) * 1000:.0f} 毫秒后得知"


def _step(what: str, result: str) -> None:
    print(f"{what}：{result}")
