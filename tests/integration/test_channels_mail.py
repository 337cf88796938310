"""Mail to a real mail server: TLS from the start and by STARTTLS, passwords, refusals, threads."""
import email.utils

import pytest

from daemon import wait_until
from receivers import Exim, Lines, alert, certificate, notice, send

needs_exim = pytest.mark.skipif(Exim.program is None, reason="exim4 is not installed")

HOSTILE = ("\"quotes\" & <b>marks</b>\r\nBcc: victim@example.org\r\n.\r\nQUIT\r\n"
           "\U0001F600 \u05E9\u05DC\u05D5\u05DD \u202Eabc = =3D ") * 60


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("authority"))


@needs_exim
@pytest.mark.parametrize("tls", ["starttls", "smtps"])
def test_a_mail_arrives_over_tls(tmp_path, authority, tls):
    with Exim(authority, tls) as server:
        answer = send(tmp_path, "email", server.settings(), notice())
        assert answer["outcome"] == "sent", (answer, server.log())
        assert answer["text"].startswith("250 ")
        mail, = wait_until(server.mails, seconds=60)
        assert mail["Subject"] == "[CRITICAL] Component Unhealthy: db"
        assert mail["From"] == "Bellwether <bw@sender.example>"
        assert mail["To"] == "ops@example.org"
        assert mail["Message-ID"] == "<i1-a7-firing-1@sender.example>"
        assert mail["References"] == "<alert-a7-1772461800000000@sender.example>"
        assert email.utils.parsedate_to_datetime(mail["Date"]).tzinfo is not None
        assert "connection refused by 127.0.0.1:5432" in mail.get_content()
        wait_until(lambda: "X=TLS" in server.log() and "A=plain:bellwether" in server.log(), 60)


@needs_exim
def test_what_is_hostile_stays_text(tmp_path, authority):
    with Exim(authority) as server:
        what = notice(alerts=[alert(number, title=HOSTILE[:300], message=HOSTILE, subject=HOSTILE)
                              for number in range(1, 21)], more=3, group=HOSTILE)
        assert send(tmp_path, "email", server.settings(), what)["outcome"] == "sent", server.log()
        mail, = wait_until(server.mails, seconds=60)
        assert mail["Bcc"] is None
        assert "\U0001F600" in mail["Subject"] and "\n" not in mail["Subject"]
        text = mail.get_content()
        assert "\U0001F600 \u05E9\u05DC\u05D5\u05DD" in text and "= =3D" in text
        assert "and 3 more" in text
        one = notice(key="k2", alerts=[alert(1, title="\u00fc" * 200, message="")])
        assert send(tmp_path, "email", server.settings(), one)["outcome"] == "sent"
        subjects = wait_until(lambda: len(server.mails()) == 2 and
                              [mail["Subject"] for mail in server.mails()], seconds=60)
        long, = [subject for subject in subjects if "\u00fc\u00fc" in subject]
        assert set(long) == set("[CRITICAL] \u00fc...")  # no character is torn


@needs_exim
def test_messages_of_one_alert_are_one_thread(tmp_path, authority):
    with Exim(authority) as server:
        for kind, key in (("firing", "k1"), ("reminder", "k2"), ("resolved", "k3")):
            assert send(tmp_path, "email", server.settings(), notice(kind, key))["outcome"] == "sent"
        wait_until(lambda: len(server.mails()) == 3, seconds=60)
        assert len({mail["References"] for mail in server.mails()}) == 1
        assert len({mail["Message-ID"] for mail in server.mails()}) == 3


@needs_exim
@pytest.mark.parametrize("change, outcome, said", [
    ({"password": "wrong-pass"}, "refused", "535"),
    ({"user": None, "password": None}, "refused", "5.7.1 log in first"),
    ({"to": ["nobody@example.org"]}, "refused", "5.1.1 no such user here"),
    ({"to": ["later@example.org"]}, "retry", "4.2.1 come again"),
    ({"tls": {}}, "retry", "TLS"),
    ({"server": "smtp://127.0.0.1:9"}, "retry", "refused by 127.0.0.1:9"),
])
def test_what_the_server_does_not_want(tmp_path, authority, change, outcome, said):
    with Exim(authority) as server:
        settings = {name: value for name, value in server.settings(**change).items()
                    if value is not None}
        answer = send(tmp_path, "email", settings, notice())
        assert answer["outcome"] == outcome, answer
        assert said in answer["text"], answer
        assert "wrong-pass" not in answer["text"]
        assert server.mails() == []


@needs_exim
def test_one_bad_recipient_keeps_nobody_from_his_mail(tmp_path, authority):
    with Exim(authority) as server:
        settings = server.settings(to=["ops@example.org", "nobody@example.org", "ada@example.org"])
        answer = send(tmp_path, "email", settings, notice())
        assert answer["outcome"] == "sent"
        assert "(1 of 3 recipients were refused)" in answer["text"]
        wait_until(lambda: len(server.mails()) >= 1, seconds=60)


@needs_exim
def test_nothing_goes_out_unencrypted_unless_that_is_meant(tmp_path, authority):
    with Exim(authority, "none") as server:
        answer = send(tmp_path, "email", server.settings(), notice())
        assert answer["outcome"] == "retry"
        assert "does not offer TLS" in answer["text"]
        assert server.mails() == []
        answer = send(tmp_path, "email", server.settings(starttls="none"), notice())
        assert answer["outcome"] == "sent", answer
        mail, = wait_until(server.mails, seconds=60)
        assert "X=TLS" not in server.log()


HELLO = "250 there.example\r\n"


@pytest.mark.parametrize("script, outcome, said", [
    ((None,), "retry", "closed"),
    (("554 no mail here\r\n", None), "refused", "554 no mail here"),
    (("421 too busy\r\n", None), "retry", "421 too busy"),
    (("220 there\r\n", HELLO, None), "retry", "closed"),
    (("220 there\r\n", HELLO, "250 ok\r\n", None), "retry", "closed"),
    (("220 there\r\n", HELLO, "250 ok\r\n", "250 ok\r\n", "451 disk full\r\n", None), "retry",
     "451 disk full"),
    (("220 there\r\n", HELLO, "552 too large\x1b[31m\r\n", None), "refused", "552 too large [31m"),
    (("HTTP/1.1 400 Bad Request\r\n\r\n", ...), "retry", ""),
    (("220 " + "x" * 100000 + "\r\n", ...), "retry", ""),
    (("\x00\xff\r\n" * 2000, ...), "retry", ""),
    # Who never answers QUIT is not waited for.
    (("220 there\r\n", HELLO, "250 ok\r\n", "250 ok\r\n", "354 go\r\n", Lines.MESSAGE,
      "250 taken\r\n"), "sent", "250 taken"),
    (("220 there\r\n", HELLO, "550 no\r\n"), "refused", "550 no"),
    (("220-one\r\n220-two\r\n220 there\r\n", HELLO, "250 ok\r\n", "450 full\r\n"), "retry",
     "450 full"),
    (("354 go\r\n",), "retry", "answers what nobody asked"),
    (("220-x\r\n" * 300,), "retry", "does not speak SMTP"),
])
def test_a_server_that_breaks_off(tmp_path, script, outcome, said):
    with Lines(*script) as server:
        settings = {"server": f"smtp://127.0.0.1:{server.port}", "starttls": "none",
                    "from": "bw@sender.example", "to": ["ops@example.org"]}
        answer = send(tmp_path, "email", settings, notice())
        assert answer["outcome"] == outcome, answer
        assert said in answer["text"], answer


@pytest.mark.parametrize("script", [
    ("220 there\r\n", HELLO, "250 ok\r\n"),
    ("220 there\r\n", HELLO, "250 ok\r\n", "250 ok\r\n", "354 go\r\n", Lines.MESSAGE)])
def test_a_server_that_falls_silent_is_left(tmp_path, script):
    with Lines(*script) as server:
        settings = {"server": f"smtp://127.0.0.1:{server.port}", "starttls": "none",
                    "from": "bw@sender.example", "to": ["ops@example.org"]}
        answer = send(tmp_path, "email", settings, notice())
        assert answer == {"outcome": "retry", "retry_us": 0, "text": "no answer within 20 s"}


def test_what_is_said_before_tls_is_not_believed(tmp_path):
    with Lines("220 there\r\n", "250-there\r\n250 STARTTLS\r\n",
               "220 go\r\n250 injected\r\n") as server:
        settings = {"server": f"smtp://127.0.0.1:{server.port}", "from": "bw@sender.example",
                    "to": ["ops@example.org"]}
        answer = send(tmp_path, "email", settings, notice())
        assert answer["outcome"] == "retry" and "said more before TLS began" in answer["text"]


def test_a_server_that_knows_only_login(tmp_path):
    with Lines("220 there\r\n", "250-there\r\n250 AUTH=CRAM-MD5 LOGIN\r\n", "334 VXNlcg==\r\n",
               "334 UGFzcw==\r\n", "235 in\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n",
               Lines.MESSAGE, "250 taken\r\n") as server:
        settings = {"server": f"smtp://127.0.0.1:{server.port}", "starttls": "none", "user": "ada",
                    "password": "geheim", "from": "bw@sender.example", "to": ["ops@example.org"]}
        assert send(tmp_path, "email", settings, notice())["outcome"] == "sent"
        assert server.heard[1:4] == [b"AUTH LOGIN\r\n", b"YWRh\r\n", b"Z2VoZWlt\r\n"]
