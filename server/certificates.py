"""The commands about certificates: what ends when, a certificate renewed, some revoked."""

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.cert import Certificate
from server.admin.person import MAY_LOG_IN, Person
from server.config import Settings
from server.core.command_log import note
from server.core.opened import opened
from server.core.pki import Pki

RENEWABLE = ("server", "workstation")


class Ending(NamedTuple):
    """One thing that ends: what, when (UTC), what to do about it."""

    at: datetime
    what: str
    todo: str


def endings(settings: Settings, db: Session) -> Iterator[Ending]:
    """What this server and its people rely on: list, authority, server, log, UKEYs."""
    crl = x509.load_pem_x509_crl(settings.path(settings.crl).read_bytes())
    if crl.next_update_utc is not None:
        yield Ending(crl.next_update_utc, "吊销列表", "revoke 换发后发到每台工作站")
    for path, what, todo in (
        (settings.roots, "CA 证书", "换 CA，全部证书重发"),
        (settings.certificate, "服务器证书", "renew server，或向 CA 申请"),
        (settings.log_certificate, "审计检查点证书", "换 log.*，旧的留存，重启服务"),
    ):
        ends = Certificate.from_pem(settings.path(path).read_bytes()).not_after
        yield Ending(ends, what, todo)
    people = select(Person).where(Person.state.in_(MAY_LOG_IN), Person.certificate.is_not(None))
    for person in db.scalars(people):
        ends = Certificate.from_der(person.certificate or b"").not_after
        yield Ending(ends, f"UKEY {person.staff_no} {person.name}", "重新发证，再“绑定UKEY”")


def show(settings: Settings, asked: argparse.Namespace) -> int:
    """List what ends within so many days, the first first; exit 1 when something has ended."""
    now = datetime.now(UTC)
    with opened(settings) as sessions, sessions.read() as db:
        found = sorted(endings(settings, db))
    near = [each for each in found if each.at < now + timedelta(days=asked.days)]
    for each in near:
        state = "已到期" if each.at < now else f"还有 {(each.at - now).days} 天"
        print(f"{each.at:%Y-%m-%d}　{state}　{each.what}　{each.todo}")
    print(f"共 {len(found)} 项，{asked.days} 天内到期 {len(near)} 项")
    return int(any(each.at < now for each in found))


def renew(settings: Settings, asked: argparse.Namespace) -> int:
    """A fresh key and certificate in place of an earlier one, for the same name."""
    pki = Pki(settings.home / "pki")
    try:
        with opened(settings) as sessions, sessions.write() as db:
            note(db, datetime.now(UTC), "renew", "续签证书", 证书=asked.name)
            made = pki.renew(asked.name)
    except FileNotFoundError as error:
        print(f"找不到 {error.filename}：自建 CA 的 ca.key 要放回 pki 目录才能续签")
        return 1
    then = (
        "新连接就用新的，不必重启"
        if asked.name == "server"
        else "请把 workstation.crt、workstation.key 放到那台工作站的 pki 目录"
    )
    print(f"{made.common_name} 的证书已续签到 {made.not_after:%Y-%m-%d}；{then}")
    return 0


def revoke(settings: Settings, asked: argparse.Namespace) -> int:
    """Issue the authority's list anew, with what was on it and what is revoked now."""
    try:
        serials = [int(text, 16) for text in asked.serial]
        with opened(settings) as sessions, sessions.write() as db:  # unlogged, nothing is issued
            numbers = "、".join(asked.serial)
            note(db, datetime.now(UTC), "revoke", "换发吊销列表", 吊销=numbers, 天数=asked.days)
            count = Pki(settings.home / "pki").revoke(serials, asked.days)
    except ValueError:
        print("序列号要写成十六进制，例如 4204eb4f；没有改动")
        return 1
    except FileNotFoundError as error:
        print(f"找不到 {error.filename}：自建 CA 的 ca.key 要放回 pki 目录才能换发")
        return 1
    print(f"吊销列表已换发：{count} 张证书，{asked.days} 天内有效；请把 ca.crl 发到每台工作站")
    return 0
