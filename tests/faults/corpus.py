"""Every way we know to write an address that must not be called: ranges × spellings, oddities."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address

REFUSED_4 = {
    "0.0.0.0/8": ("0.0.0.0", "0.0.0.1", "0.255.255.255"),
    "10.0.0.0/8": ("10.0.0.0", "10.1.2.3", "10.255.255.255"),
    "100.64.0.0/10": ("100.64.0.0", "100.100.100.200", "100.127.255.255"),
    "127.0.0.0/8": ("127.0.0.1", "127.0.0.2", "127.255.255.254"),
    "169.254.0.0/16": ("169.254.0.1", "169.254.169.254", "169.254.170.2"),
    "172.16.0.0/12": ("172.16.0.0", "172.20.1.1", "172.31.255.255"),
    "192.0.0.0/24": ("192.0.0.1", "192.0.0.192", "192.0.0.255"),
    "192.0.2.0/24": ("192.0.2.1",),
    "192.31.196.0/24": ("192.31.196.1",),
    "192.52.193.0/24": ("192.52.193.1",),
    "192.88.99.0/24": ("192.88.99.1",),
    "192.168.0.0/16": ("192.168.0.1", "192.168.255.255"),
    "192.175.48.0/24": ("192.175.48.1",),
    "198.18.0.0/15": ("198.18.0.1", "198.19.255.255"),
    "198.51.100.0/24": ("198.51.100.1",),
    "203.0.113.0/24": ("203.0.113.1",),
    "224.0.0.0/4": ("224.0.0.1", "239.255.255.255"),
    "240.0.0.0/4": ("240.0.0.1", "255.255.255.255"),
}
REFUSED_6 = (
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "3fff:fff:ffff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fdff::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
PUBLIC_4 = (
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255",
    "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.167.255.255",
    "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255", "203.0.114.0",
    "223.255.255.255",
)  # fmt: skip
PUBLIC_6 = (
    "2001:200::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2606:4700::1111",
    "2a00:1450::1",
    "3ffe::1",
    "3fff:1000::1",
)

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")


def _parts(address: IPv4Address) -> tuple[int, int, int, int]:
    a, b, c, d = address.packed
    return a, b, c, d


def _hex6(address: IPv4Address) -> str:
    a, b, c, d = _parts(address)
    return f"{a << 8 | b:x}:{c << 8 | d:x}"


SPELLINGS: dict[str, Callable[[IPv4Address], str]] = {
    "dotted": str,
    "dotted with a final dot": lambda ip: f"{ip}.",
    "an integer": lambda ip: str(int(ip)),
    "a hex integer": lambda ip: f"0x{int(ip):08x}",
    "a hex integer in capitals": lambda ip: f"0X{int(ip):08X}",
    "an octal integer": lambda ip: f"0{int(ip):o}",
    "hex parts": lambda ip: ".".join(f"0x{part:x}" for part in _parts(ip)),
    "octal parts": lambda ip: ".".join(f"0{part:o}" for part in _parts(ip)),
    "one octal part": lambda ip: ".".join([f"0{_parts(ip)[0]:o}", *map(str, _parts(ip)[1:])]),
    "two parts": lambda ip: f"{_parts(ip)[0]}.{int(ip) & 0xFFFFFF}",
    "three parts": lambda ip: f"{_parts(ip)[0]}.{_parts(ip)[1]}.{int(ip) & 0xFFFF}",
    "ideographic dots": lambda ip: str(ip).replace(".", "。"),
    "full-width dots": lambda ip: str(ip).replace(".", "．"),
    "half-width dots": lambda ip: str(ip).replace(".", "｡"),
    "full-width digits": lambda ip: str(ip).translate(_FULL_WIDTH),
    "circled digits": lambda ip: str(ip).translate(_CIRCLED),
    "percent-encoded": lambda ip: "".join(f"%{ord(char):02x}" for char in str(ip)),
    "behind a user name": lambda ip: f"hooks.example.org@{ip}",
    "behind a password": lambda ip: f"a:b@{ip}",
    "behind a backslash": lambda ip: f"hooks.example.org\\@{ip}",
    "before a fragment": lambda ip: f"{ip}#@hooks.example.org",
    "IPv4-mapped": lambda ip: f"[::ffff:{ip}]",
    "IPv4-mapped in hex": lambda ip: f"[::ffff:{_hex6(ip)}]",
    "IPv4-compatible": lambda ip: f"[::{_hex6(ip)}]",
    "NAT64": lambda ip: f"[64:ff9b::{_hex6(ip)}]",
    "local NAT64": lambda ip: f"[64:ff9b:1::{_hex6(ip)}]",
    "6to4": lambda ip: f"[2002:{_hex6(ip)}::1]",
    "Teredo": lambda ip: f"[{IPv6Address((0x20010000 << 96) | (int(ip) ^ 0xFFFFFFFF))}]",
}

ODDITIES = (
    "", " ", ".", "..", "[]", "[", "]", "[::1", "::1]", "::1", "[::1%lo]", "[fe80::1%25eth0]",
    "[::1]extra", "0", "127.1", "127.0.1", "0x7f.1", "0177.1", "00000177.0.0.1", "127.0.0.1.",
    "127.0.0.1..", ".127.0.0.1", "127..0.1", "127.0.0.256", "1.2.3.4.5", "0x", "0x.0x.0x.0x",
    "4294967296", "99999999999999999999", "-1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:99999",
    "127.0.0.1:٤٤٣", "hooks.example.org:", "hooks.example.org:0", "hooks.example.org:65536",
    "hooks.example.org:+443", "hooks.example.org:0443", "hooks.example.org:4 43",
    "hooks.example.org:443:443", "hooks.example.org:22", "hooks.example.org:6379", "@", "a@",
    "@hooks.example.org", "hooks..example.org", "-hooks.example.org", "hooks-.example.org",
    "hooks_.example.org", "hooks.example.org..", "a" * 64 + ".example.org", "a." * 127 + "org",
    "hooks.exa mple.org", "hooks.example.org\t", "\thooks.example.org", "hooks.example.org\n",
    "hooks.example.org\r\nHost: inside", "hooks\x00.example.org", "hooks.example.org\x7f",
    "hooks%2eexample.org", "hooks.example.org%00", "hooks.example.org\\", "\\\\inside\\share",
    "xn--", "xn--a", "xn--80ak6aa92e\u200d", "xn--ls8h", "☃.example.org", "\u202eexample.org",
    "hooks\u00ad.example.org", "ℋooks.example.org", "hooks.example\u3002org", "\ud800.example.org",
    "*", "*.example.org", "hooks.example.org,inside", "hooks.example.org;inside", "$(id)", "{}",
    "<script>", "'", '"', "`", "|", "^", "~", "!", "127.0.0.1\u2024",
)  # fmt: skip


def refused_urls() -> Iterator[tuple[str, str]]:
    """(sentence, URL) of everything that must be refused before anything is connected."""
    for network, addresses in REFUSED_4.items():
        for text in addresses:
            for how, spell in SPELLINGS.items():
                host = spell(IPv4Address(text))
                yield f"{text} of {network}, {how}", f"https://{host}/in"
    for text in REFUSED_6:
        yield f"{text}", f"https://[{text}]/in"
        yield f"{text}, in full", f"https://[{IPv6Address(text).exploded.upper()}]:8443/in"
    for host in ODDITIES:
        yield f"odd: {host!r}", f"https://{host}/in"
