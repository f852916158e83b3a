#!/usr/bin/env python3
"""Makes a log of many clients and few pages: 2,000,000 combined lines are 318 MB. Usage:
many_clients.py LINES LOG

A tenth as many addresses as lines, each as likely as any other, ask for 2,001 pages: hardly anybody
comes twice in a row. Such a log costs what keeps a table of visitors most.
"""

import random
import sys

DAYS = 31
AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
    "curl/8.4.0",
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) Safari/604.1",
]
SECTIONS = ["products", "api", "blog", "images", "cart", "search", "users", "static", "assets"]
REFERRERS = ["-", "https://www.google.com/", "https://example.com/products", "-"]
STATUSES = [200] * 85 + [304] * 5 + [301] * 2 + [404] * 6 + [500] * 2
METHODS = ["GET"] * 90 + ["POST"] * 8 + ["HEAD"] * 2

lines = int(sys.argv[1])
chance = random.Random(5)
pick, below = chance.choice, chance.randrange
clients = [
    f"{below(1, 224)}.{below(256)}.{below(256)}.{below(1, 255)}" for _ in range(max(1, lines // 10))
]
paths = ["/"] + [f"/{pick(SECTIONS)}/{number}" for number in range(2_000)]
with open(sys.argv[2], "w", encoding="ascii") as log:
    for line in range(lines):
        minute, second = divmod(line * DAYS * 86_400 // lines, 60)
        hour, minute = divmod(minute, 60)
        day, hour = divmod(hour, 24)
        log.write(
            f'{pick(clients)} - - [{day + 1:02}/May/2024:{hour:02}:{minute:02}:{second:02} +0000] '
            f'"{pick(METHODS)} {pick(paths)} HTTP/1.1" '
            f'{pick(STATUSES)} {below(100, 50_000)} "{pick(REFERRERS)}" "{pick(AGENTS)}"\n'
        )
