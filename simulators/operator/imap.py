"""IMAP inside TLS: pymap's protocol over our store."""

from __future__ import annotations

import asyncio
import ssl
from argparse import Namespace
from collections.abc import Mapping

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Identity, Login
from pymap.backend.dict.filter import FilterSet
from pymap.imap import IMAPServer
from pymap.user import UserMetadata
from pysasl.hashing import BuiltinHash

from simulators.operator.accounts import Accounts
from simulators.operator.mailboxes import StoredMailboxes

# A simulation whose passwords are drawn at random: the hash only has to fit in pymap, not to slow anybody down.
HASH = BuiltinHash(rounds=1)


async def start_imap(
    accounts: Accounts, mailboxes: Mapping[str, StoredMailboxes], *, host: str, port: int, tls: ssl.SSLContext
) -> asyncio.Server:
    config = _config(tls)
    login = Login(config)
    for address, password in accounts.passwords.items():
        user = UserMetadata(config, address, password=HASH.hash(password))
        await Identity(address, login, None, frozenset()).set(user)
        config.set_cache[address] = (mailboxes[address], FilterSet())
    server = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
    return await asyncio.start_server(server, host=host, port=port, ssl=tls)


def _config(tls: ssl.SSLContext) -> Config:
    arguments = Namespace(debug=False, proxy_protocol=None, passlib_cfg=None)
    config = Config(
        arguments,
        demo_data=False,
        demo_user="",
        demo_password="",
        host=None,
        port=0,
        hash_context=HASH,
        ssl_context=tls,
        tls_enabled=False,  # no STARTTLS: the connection is inside TLS from its first byte
        reject_dnsbl=False,
    )
    config.apply_context()
    return config
