//! Who asks: people and bots, each with an address of its own and one or two programs.

use crate::random::Words;

use super::word::LogWord;
use crate::number::{push_hex, push_number};

/// The most clients there are: each has one of the 2^24 addresses of 10.0.0.0/8, or one of its own
/// in 2001:db8::/32.
const MOST: u64 = 1 << 23;
const BOTS: u64 = 64;
/// Odd, so that multiplying by it modulo a power of two maps no two numbers to one.
const SPREAD: u32 = 0x9E37_79B1;

/// Programs of people. One names itself with quotes and a backslash, one not in ASCII, one not at
/// all.
const PEOPLE: [&str; 20] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/123.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Version/17.4 Safari/605.1.15",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
     Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
     Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (iPad; CPU OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Version/17.4 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/124.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/123.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
     SamsungBrowser/24.0 Chrome/117.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:125.0) Gecko/20100101 Firefox/125.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 \
     Safari/537.36",
    "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/124.0.0.0 Safari/537.36 OPR/109.0.0.0",
    "ShopApp/4.2 (iOS 17.4; \"iPhone 15\"; de_DE)",
    "ShopApp/4.1 (Android 14; C:\\beta; pl_PL)",
    "Prohlížeč/1.0 (Škoda Infotainment)",
    "",
];
/// Programs of bots.
const MACHINES: [&str; 12] = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.0; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
    "curl/8.5.0",
    "python-requests/2.31.0",
    "Go-http-client/1.1",
    "kube-probe/1.30",
];

/// What the visitors of a line have in common: how many there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Visitors {
    people: u64,
}

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visitor {
    /// Its number, which its address is made of.
    pub(super) client: u32,
    /// The number of its program among [`agents`].
    pub(super) agent: u8,
    pub(super) is_bot: bool,
}

/// The user agents, by number. No two are the same.
pub(super) fn agents() -> impl ExactSizeIterator<Item = &'static str> {
    (0..PEOPLE.len() + MACHINES.len()).map(|number| match number.checked_sub(PEOPLE.len()) {
        Some(machine) => MACHINES[machine],
        None => PEOPLE[number],
    })
}

impl Visitors {
    /// As many as go with so many lines a month.
    pub(super) fn of(lines: u64) -> Visitors {
        Visitors { people: (lines / 12).clamp(200, MOST - BOTS) }
    }

    /// Who asks for a line: most of them people who come seldom, a few who come often, and bots.
    pub(super) fn choose(&self, words: &Words) -> Visitor {
        let kind = words.below(LogWord::VisitorKind, 1000);
        if kind < 120 {
            let bot = words.below_wide(LogWord::Visitor, BOTS);
            let agent = PEOPLE.len() as u64 + bot % MACHINES.len() as u64;
            return Visitor {
                client: (self.people + bot) as u32,
                agent: agent as u8,
                is_bot: true,
            };
        }
        let client = if kind < 820 {
            words.below_wide(LogWord::Visitor, self.people)
        } else {
            // As with paths: half as many requests for each who is twice as far down.
            let drawn = words.below_wide(
                LogWord::Visitor,
                u64::from(u64::BITS - self.people.leading_zeros()) << 32,
            );
            let first = 1 << (drawn >> 32);
            (first - 1 + (drawn & (first - 1))) % self.people
        } as u32;
        // A part of them has two, such as a phone and a computer behind one address.
        let own = spread(client) >> 16;
        let second = client.is_multiple_of(5) && words.below(LogWord::Agent, 3) == 0;
        let agent = (own + u32::from(second) * 7) % PEOPLE.len() as u32;
        Visitor { client, agent: agent as u8, is_bot: false }
    }
}

fn spread(number: u32) -> u32 {
    number.wrapping_mul(SPREAD)
}

/// Appends the address of a client: of the block for private use, or of the one for documentation
/// (RFC 1918, RFC 3849), so that it is nobody's.
pub(super) fn write_address(client: u32, out: &mut Vec<u8>) {
    let spread = spread(client);
    if is_v6(client) {
        out.extend_from_slice(b"2001:db8:");
        push_hex((spread >> 16) as u16, out);
        out.push(b':');
        push_hex(spread as u16, out);
        out.extend_from_slice(b"::1");
        return;
    }
    out.extend_from_slice(b"10");
    for shift in [16, 8, 0] {
        out.push(b'.');
        push_number(u64::from(spread >> shift & 255), out);
    }
}

/// Whether a client's address is one of IPv6.
pub(super) fn is_v6(client: u32) -> bool {
    client % 7 == 3
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::random::RowWords;

    #[test]
    fn no_two_clients_share_an_address_and_all_are_valid() {
        let mut seen = HashSet::new();
        for client in (0..60_000).chain(MOST as u32 - 60_000..MOST as u32) {
            let mut address = Vec::new();
            write_address(client, &mut address);
            let text = String::from_utf8(address).unwrap();
            let parsed: std::net::IpAddr = text.parse().unwrap();
            assert_eq!((parsed.is_ipv6(), parsed.to_string()), (is_v6(client), text));
            assert!(seen.insert(parsed));
        }
    }

    #[test]
    fn no_two_agents_are_the_same() {
        assert_eq!(agents().collect::<HashSet<_>>().len(), agents().len());
    }

    #[test]
    fn most_lines_are_of_people_and_most_people_come_seldom() {
        let visitors = Visitors::of(120_000);
        let mut words = RowWords::starting_at(*b"a test's domain.", 7, 0);
        let mut counts = vec![0u32; 10_000 + BOTS as usize];
        let (mut bots, mut second) = (0, HashSet::new());
        for _ in 0..120_000 {
            let visitor = visitors.choose(&words.next_row());
            counts[visitor.client as usize] += 1;
            bots += u32::from(visitor.is_bot);
            second.insert((visitor.client, visitor.agent));
        }
        assert!((13_000..16_000).contains(&bots), "{bots}");
        assert!(counts[..10].iter().all(|count| *count > 50), "{:?}", &counts[..10]);
        assert!(counts[9_000..10_000].iter().all(|count| *count < 50));
        assert!(second.len() > 11_000, "{}", second.len());
    }
}
