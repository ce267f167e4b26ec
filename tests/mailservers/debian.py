"""Dovecot and Postfix from Debian's packages, as throwaway instances: own folder, own ports on the loopback, own CA.

Nothing of the machine's own configuration is read or written. They start as root, which Postfix's own start demands.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from simulators.operator.authority import Certificates, ensure_certificates
from tests.mailservers.account import Endpoint

DOVECOT, POSTFIX, POSTFIX_DAEMONS = "/usr/sbin/dovecot", "/usr/sbin/postfix", "/usr/lib/postfix/sbin"
MAIL_USER = "nobody"


def missing() -> str:
    """Why they cannot be started here; empty when they can."""
    absent = [program for program in (DOVECOT, POSTFIX, f"{POSTFIX_DAEMONS}/master") if not os.access(program, os.X_OK)]
    if absent:
        return f"not installed: {', '.join(absent)} (Debian packages dovecot-imapd, dovecot-lmtpd, postfix)"
    return "" if os.geteuid() == 0 else "Postfix and Dovecot start as root only"


@dataclass
class MailServers:
    """One Dovecot (IMAP, LMTP, authentication) behind one Postfix (submission)."""

    accounts: dict[str, str]
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="maillon-mail-", dir="/tmp")))
    ports: dict[str, int] = field(default_factory=dict)
    certificates: Certificates | None = None

    def start(self) -> MailServers:
        self.folder.chmod(0o755)  # Dovecot's unprivileged login process enters it
        self.certificates = ensure_certificates(self.folder / "tls", now=dt.datetime.now(dt.UTC))
        (self.folder / "tls").chmod(0o755)
        self.ports = _free_ports("imaps", "imap", "lmtp", "auth", "smtps", "submission")
        self._write_dovecot()
        self._write_postfix()
        self.start_dovecot()
        _run(POSTFIX, "-c", str(self.folder / "postfix"), "start")
        for name in ("smtps", "submission"):
            _wait_for(self.ports[name])
        return self

    def start_dovecot(self) -> None:
        _run(DOVECOT, "-c", str(self.folder / "dovecot.conf"))
        for name in ("imaps", "lmtp", "auth"):
            _wait_for(self.ports[name])

    def kill_dovecot(self) -> None:
        """SIGKILL for the master and all that it started."""
        pid = int((self.folder / "run" / "master.pid").read_text())
        children = _children(pid)
        for each in (pid, *children):
            _signal(each, signal.SIGKILL)
        while any(_is_alive(each) for each in (pid, *children)):
            time.sleep(0.01)
        (self.folder / "run" / "master.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        with contextlib.suppress(RuntimeError):
            _run(POSTFIX, "-c", str(self.folder / "postfix"), "stop")
        pid_file = self.folder / "run" / "master.pid"
        if pid_file.exists():
            _signal(int(pid_file.read_text()), signal.SIGTERM)
            deadline = time.monotonic() + 5
            while pid_file.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
        shutil.rmtree(self.folder, ignore_errors=True)

    def endpoint(self, address: str, *, starttls: bool = False) -> Endpoint:
        assert self.certificates is not None
        return Endpoint(
            address=address, password=self.accounts[address], host="127.0.0.1",
            imap_port=self.ports["imap" if starttls else "imaps"],
            smtp_port=self.ports["submission" if starttls else "smtps"],
            ca_file=str(self.certificates.authority), starttls=starttls,
        )  # fmt: skip

    def log(self) -> str:
        logs = (self.folder / "dovecot.log", self.folder / "postfix.log")
        return "\n".join(path.read_text(errors="replace") for path in logs if path.exists())

    def _write_dovecot(self) -> None:
        assert self.certificates is not None
        owner = pwd.getpwnam(MAIL_USER)
        mail = self.folder / "mail"
        mail.mkdir()
        os.chown(mail, owner.pw_uid, owner.pw_gid)
        users = "".join(f"{address}:{{PLAIN}}{password}\n" for address, password in self.accounts.items())
        (self.folder / "users").write_text(users)
        (self.folder / "dovecot.conf").write_text(
            dedent(f"""
            base_dir = {self.folder}/run
            state_dir = {self.folder}/state
            instance_name = {self.folder.name}
            log_path = {self.folder}/dovecot.log
            listen = 127.0.0.1
            protocols = imap lmtp
            ssl = required
            ssl_min_protocol = TLSv1.2
            ssl_cert = <{self.certificates.certificate}
            ssl_key = <{self.certificates.key}
            disable_plaintext_auth = yes
            auth_mechanisms = plain login
            mail_location = maildir:{mail}/%u
            mail_fsync = always
            first_valid_uid = 1
            mail_uid = {owner.pw_uid}
            mail_gid = {owner.pw_gid}
            passdb {{
              driver = passwd-file
              args = scheme=PLAIN username_format=%u {self.folder}/users
            }}
            userdb {{
              driver = static
              args = uid={owner.pw_uid} gid={owner.pw_gid} home={mail}/%u allow_all_users=yes
            }}
            service imap-login {{
              process_min_avail = 0
              inet_listener imap {{
                port = {self.ports["imap"]}
              }}
              inet_listener imaps {{
                port = {self.ports["imaps"]}
                ssl = yes
              }}
            }}
            service lmtp {{
              inet_listener lmtp {{
                address = 127.0.0.1
                port = {self.ports["lmtp"]}
              }}
            }}
            service auth {{
              inet_listener sasl {{
                address = 127.0.0.1
                port = {self.ports["auth"]}
              }}
            }}
            """)
        )

    def _write_postfix(self) -> None:
        assert self.certificates is not None
        config = self.folder / "postfix"
        for path in (config, self.folder / "spool", self.folder / "data"):
            path.mkdir()
        os.chown(self.folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
        domains = sorted({address.partition("@")[2] for address in self.accounts})
        (config / "boxes").write_text("".join(f"{address} {address}\n" for address in self.accounts))
        (config / "main.cf").write_text(
            dedent(f"""
            compatibility_level = 3.6
            queue_directory = {self.folder}/spool
            data_directory = {self.folder}/data
            command_directory = /usr/sbin
            daemon_directory = {POSTFIX_DAEMONS}
            mail_owner = postfix
            setgid_group = postdrop
            maillog_file_prefixes = {self.folder}
            maillog_file = {self.folder}/postfix.log
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            myhostname = operateur.mssante.test
            mydestination =
            mynetworks =
            alias_maps =
            alias_database =
            local_recipient_maps =
            message_size_limit = 60000000
            virtual_mailbox_domains = {", ".join(domains)}
            virtual_mailbox_maps = texthash:{config}/boxes
            virtual_mailbox_limit = 0
            virtual_transport = lmtp:inet:127.0.0.1:{self.ports["lmtp"]}
            default_transport = error:5.7.1 cet opérateur ne relaie rien
            minimal_backoff_time = 1s
            maximal_backoff_time = 2s
            queue_run_delay = 1s
            smtpd_sasl_auth_enable = yes
            smtpd_sasl_type = dovecot
            smtpd_sasl_path = inet:127.0.0.1:{self.ports["auth"]}
            smtpd_sender_login_maps = texthash:{config}/boxes
            smtpd_sender_restrictions = reject_sender_login_mismatch
            smtpd_relay_restrictions = permit_sasl_authenticated, reject
            smtpd_recipient_restrictions = reject_unlisted_recipient, reject_unauth_destination
            smtpd_tls_security_level = encrypt
            smtpd_tls_auth_only = yes
            smtpd_tls_mandatory_protocols = >=TLSv1.2
            smtpd_tls_cert_file = {self.certificates.certificate}
            smtpd_tls_key_file = {self.certificates.key}
            """)
        )
        (config / "master.cf").write_text(
            dedent(f"""
            127.0.0.1:{self.ports["smtps"]} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
            127.0.0.1:{self.ports["submission"]} inet n - n - - smtpd
            pickup unix n - n 60 1 pickup
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            tlsmgr unix - - n 1000? 1 tlsmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            verify unix - - n - 1 verify
            flush unix n - n 1000? 0 flush
            proxymap unix - - n - - proxymap
            proxywrite unix - - n - 1 proxymap
            smtp unix - - n - - smtp
            relay unix - - n - - smtp
            showq unix n - n - - showq
            error unix - - n - - error
            retry unix - - n - - error
            discard unix - - n - - discard
            virtual unix - n n - - virtual
            lmtp unix - - n - - lmtp
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            postlog unix-dgram n - n - 1 postlogd
            """)
        )


def _free_ports(*names: str) -> dict[str, int]:
    """All taken at once, so that no two are the same."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    ports = {name: each.getsockname()[1] for name, each in zip(names, held, strict=True)}
    for each in held:
        each.close()
    return ports


def _wait_for(port: int, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def _run(*command: str) -> None:
    """Into a file: the daemons that it leaves behind would keep a pipe open for ever."""
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, timeout=60, check=False
        )
        said.seek(0)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {said.read().decode(errors='replace')}")


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found]


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return "\nState:\tZ" not in status
