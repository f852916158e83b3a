//! Lines of the combined format, whole and broken, against a slow and obvious reference: one
//! regular expression and ordered maps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use log_aggregator::counting::Calendar;
use log_aggregator::counting::is_bot;
use log_aggregator::counting::{Month, OwnSites, Rules};
use log_aggregator::formats::{Format, Line, Parser};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use regex::bytes::{Captures, Regex};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// What the format means, as one expression. A user's name may have blanks. A line may end within
/// its last field, or go on with other fields behind it.
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?s-u)^([^ ]+) [^ ]* .*? \[(\d\d)/([A-Za-z]{3})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\] "((?:[^"\\]|\\.)*)" (-|000|[1-9]\d\d) (-|\d{1,18}) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*(?:\\$)?)(?:"(?: (?:[^ "]*|(?:[^ "]*=)?"(?:[^"\\]|\\.)*"))*)?$"#,
    )
    .unwrap()
});

/// What stands between the client and the time.
static USER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?s-u)^[^ ]+ ([^ ]*) (.*?) \[\d\d/[A-Za-z]{3}/"#).unwrap());

static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?s-u)\\(x[0-9a-fA-F]{2}|u00[0-9a-fA-F]{2}|["\\'nrtbfv])"#).unwrap()
});

static REQUEST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?s-u)^([A-Za-z0-9_-]+) (.*?)(?: (HTTP/[^ ]*))?$").unwrap());

fn unescape(text: &[u8]) -> Vec<u8> {
    let plain = |escape: &Captures| match escape[1][0] {
        b'x' => {
            vec![u8::from_str_radix(std::str::from_utf8(&escape[1][1..]).unwrap(), 16).unwrap()]
        }
        b'u' => {
            vec![u8::from_str_radix(std::str::from_utf8(&escape[1][3..]).unwrap(), 16).unwrap()]
        }
        b'n' => vec![b'\n'],
        b'r' => vec![b'\r'],
        b't' => vec![b'\t'],
        b'b' => vec![8],
        b'f' => vec![12],
        b'v' => vec![11],
        byte => vec![byte],
    };
    ESCAPE.replace_all(text, plain).into_owned()
}

/// The second since 1970, found by counting days one by one.
fn second(line: &Captures) -> Option<i64> {
    let number = |group: usize| std::str::from_utf8(&line[group]).unwrap().parse::<i64>().unwrap();
    let month = MONTHS.iter().position(|name| name.as_bytes().eq_ignore_ascii_case(&line[3]))?;
    let (day, year) = (number(2), number(4));
    let leap = |year: i64| year % 4 == 0 && year % 100 != 0 || year % 400 == 0;
    let lengths =
        |year: i64| [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=lengths(year)[month]).contains(&day) {
        return None;
    }
    let of_years = |years: std::ops::Range<i64>| {
        years.map(|year| lengths(year).iter().sum::<i64>()).sum::<i64>()
    };
    let years = of_years(1970..year) - of_years(year..1970);
    let days = years + lengths(year)[..month].iter().sum::<i64>() + day - 1;
    let (hour, minute, leaping) = (number(5), number(6), number(7));
    let (zone_hour, zone_minute) = (number(9), number(10));
    if hour > 23 || minute > 59 || leaping > 60 || zone_hour > 23 || zone_minute > 59 {
        return None;
    }
    let zone = (zone_hour * 3600 + zone_minute * 60) * if &line[8] == b"-" { -1 } else { 1 };
    Some(days * 86_400 + hour * 3600 + minute * 60 + leaping.min(59) - zone)
}

type Counts = BTreeMap<Vec<u8>, (u64, u64)>;

/// The sums of a log.
#[derive(Debug, Default, PartialEq)]
struct Sums {
    requests: u64,
    bytes: u64,
    unparsed: u64,
    other_months: u64,
    visitors: u64,
    /// Day of the month to requests and bytes.
    days: BTreeMap<usize, (u64, u64)>,
    statuses: BTreeMap<u16, u64>,
    tables: BTreeMap<&'static str, Counts>,
}

fn known(text: Vec<u8>) -> Option<Vec<u8>> {
    (!text.is_empty() && text != b"-").then_some(text)
}

/// Whether the user's name is one: with blanks, nothing in it may be another field.
fn has_user(line: &[u8]) -> bool {
    let Some(parts) = USER.captures(line) else { return false };
    let is_address = |word: &[u8]| {
        let text = String::from_utf8_lossy(word);
        text.split('%').next().is_some_and(|text| text.parse::<std::net::IpAddr>().is_ok())
    };
    let is_other = |word: &[u8]| word == b"-" || is_address(word);
    let mut words = parts[2].split(|byte| *byte == b' ');
    !parts[2].contains(&b' ') || (!is_address(&parts[1]) && !words.any(is_other))
}

/// A line without what does not belong to it.
fn bare(line: &[u8]) -> &[u8] {
    let without_return = |line| <[u8]>::strip_suffix(line, b"\r").unwrap_or(line);
    let line = without_return(line);
    if line.first() != Some(&0) && line.last() != Some(&0) {
        return line;
    }
    let from = line.iter().position(|byte| *byte != 0).unwrap_or(line.len());
    let to = line.iter().rposition(|byte| *byte != 0).map_or(from, |at| at + 1);
    without_return(&line[from..to])
}

/// An address of IPv6 as everybody spells it.
fn spelled(client: &[u8]) -> Vec<u8> {
    let address = String::from_utf8_lossy(client).parse::<std::net::Ipv6Addr>();
    address.map_or(client.to_vec(), |address| address.to_canonical().to_string().into_bytes())
}

fn reference(log: &[Vec<u8>]) -> Sums {
    let mut sums = Sums::default();
    let mut visitors = BTreeSet::new();
    for text in log.iter().map(|line| bare(line)).filter(|line| !line.is_empty()) {
        let line = LINE.captures(text).filter(|_| has_user(text));
        let Some((line, time)) = line.and_then(|line| second(&line).map(|time| (line, time)))
        else {
            sums.unparsed += 1;
            continue;
        };
        // February 2024.
        if !(1_706_745_600..1_709_251_200).contains(&time) {
            sums.other_months += 1;
            continue;
        }
        let text = |group: usize| String::from_utf8_lossy(&line[group]).into_owned();
        let bytes: u64 = text(13).parse().unwrap_or(0);
        let status: u16 = text(12).parse().unwrap_or(0);
        let (request, referrer, agent) =
            (unescape(&line[11]), known(unescape(&line[14])), known(unescape(&line[15])));
        let day = (time - 1_706_745_600) / 86_400;
        sums.requests += 1;
        sums.bytes += bytes;
        let of_day = sums.days.entry(day as usize + 1).or_default();
        *of_day = (of_day.0 + 1, of_day.1 + bytes);
        *sums.statuses.entry(status).or_default() += 1;
        let client = spelled(&line[1]);
        visitors.insert((client.clone(), agent.clone(), day));
        let mut count = |table, key: &[u8]| {
            let count = sums.tables.entry(table).or_default().entry(key.to_vec()).or_default();
            *count = (count.0 + 1, count.1 + bytes);
        };
        let (method, target) = match REQUEST.captures(&request) {
            Some(parts) if &parts[1] != b"-" => (parts[1].to_vec(), parts[2].to_vec()),
            // No method and no target, as with `-` alone.
            Some(parts) if parts[2].is_empty() => (Vec::new(), Vec::new()),
            _ => (Vec::new(), known(request).unwrap_or_default()),
        };
        count("methods", &method);
        let path = match target.iter().position(|byte| matches!(byte, b'?' | b'#')) {
            Some(at) => &target[..at],
            None => &target,
        };
        let is_static = path.ends_with(b".css");
        count(
            if status == 404 {
                "not_found"
            } else if is_static {
                "static_files"
            } else {
                "paths"
            },
            path,
        );
        count("clients", &client);
        referrer.iter().for_each(|referrer| count("referrers", referrer));
        count(
            if is_bot(agent.as_deref()) { "bots" } else { "agents" },
            agent.as_deref().unwrap_or_default(),
        );
    }
    sums.visitors = visitors.len() as u64;
    sums
}

fn counted(log: &[Vec<u8>]) -> Sums {
    let calendar = Calendar::new(2024, 2, 0).unwrap();
    let mut month = Month::new(Rules {
        calendar,
        keep_query: false,
        exact_keys: 10_000,
        by_host: false,
        by_hour: false,
        origins: Default::default(),
        own_sites: OwnSites::default(),
    });
    let mut parser = Parser::new(&Format::named("combined").unwrap());
    for line in log {
        match parser.parse(line) {
            Ok(Line::Entry(entry)) => month.add(&entry),
            Ok(Line::Nothing) => {}
            Err(why) => month.add_unparsed(why),
        }
    }
    let table = |name| {
        let table = month.tables.get(name).unwrap();
        table
            .keys()
            .map(|(key, count)| (key.to_vec(), (count.requests, count.bytes)))
            .collect::<Counts>()
    };
    let days = month.days().into_iter().zip(1..).filter(|(day, _)| day.requests > 0);
    Sums {
        requests: month.total().requests,
        bytes: month.total().bytes,
        unparsed: month.unparsed.values().sum(),
        other_months: month.of_other_months,
        visitors: month.visitors().all(),
        days: days.map(|(day, number)| (number, (day.requests, day.bytes))).collect(),
        statuses: month.statuses(),
        tables: [
            "methods",
            "not_found",
            "static_files",
            "paths",
            "clients",
            "referrers",
            "agents",
            "bots",
        ]
        .into_iter()
        .map(|name| (name, table(name)))
        .filter(|(_, counts)| !counts.is_empty())
        .collect(),
    }
}

fn choice(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(texts).prop_map(str::to_owned)
}

/// A line of the format, with values that are mostly right.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let time = (
        prop_oneof![
            8 => (1..=29u32).prop_map(|day| format!("{day:02}/Feb/2024")),
            1 => choice(&["31/Jan/2024", "01/Mar/2024", "30/Feb/2024", "00/feb/2024", "29/Feb/2023", "1/Feb/2024", "29/FEB/2024"]),
        ],
        prop_oneof![
            8 => (
                0..24u32,
                0..60u32,
                0..61u32,
            ).prop_map(|(h, m, s)| format!("{h:02}:{m:02}:{s:02}")),
            1 => choice(&["24:00:00", "12:60:00", "12:00:61", "1:00:00"]),
        ],
        prop_oneof![
            8 => Just("+0000".to_owned()),
            4 => choice(&["+0200", "-0700", "+0530", "-2359", "+2400", "+0060", "*0000", "0000"]),
        ],
    );
    let request = prop_oneof![
        8 => (
            choice(&["GET", "POST", "M-SEARCH", "get"]),
            choice(&["/", "/a?b=1", "/a", "/x.css", "/x.css?v=1", "/a b", "/a\\\"b", "/%zz", "*", "/#f", "/\\x41"]),
            choice(&[" HTTP/1.1", " HTTP/2.0", "", " HTTP/1.0 HTTP/1.1", " FTP/1"]),
        ).prop_map(|(method, target, protocol)| format!("{method} {target}{protocol}")),
        2 => choice(&["-", "", "\\x16\\x03\\x01", "GET", "GET ", " /", "a\\\\", "\\", "\\\"", "é / HTTP/1.1", "G:T / HTTP/1.1", "GET / HTTP/1.1 HTTP/"]),
    ];
    let quoted = || {
        choice(&[
            "-",
            "",
            "https://example.org/",
            "curl/8",
            "Mozilla/5.0 (X11) Firefox/125.0",
            "Googlebot/2.1",
            "a\\tb\\\"c\\\\",
            "\\xe9",
            "\\q\\x4",
            "\u{1f980}",
        ])
    };
    let parts = (
        choice(&[
            "192.0.2.1",
            "192.0.2.2",
            "2001:db8::1",
            "2001:DB8:0::1",
            "::ffff:192.0.2.1",
            "host.example",
            "-",
            "",
        ]),
        " (-|- -|- frank|x y| -|(- |::1 )(a b|Jo von S|\\[a\\] \\[b| J |::1 f)) ",
        time,
        request,
        choice(&["200", "404", "304", "500", "-", "000", "099", "20", "2000", "+20"]),
        choice(&[
            "0",
            "1234",
            "-",
            "999999",
            "",
            "1e3",
            "-5",
            "123456789012345678",
            "1234567890123456789",
        ]),
        (quoted(), quoted()),
        choice(&["", "", "", "", "", "\r", " ", " \"x\"", "\r\r"]),
    );
    parts.prop_map(
        |(client, user, (day, clock, zone), request, status, bytes, (referrer, agent), end)| {
            format!(
                "{client}{user}[{day}:{clock} {zone}] \"{request}\" {status} {bytes} \
                 \"{referrer}\" \"{agent}\"{end}"
            )
            .into_bytes()
        },
    )
}

/// A line, perhaps with a byte changed, taken out or put in, or cut off.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    (
        line(),
        0..12u8,
        any::<prop::sample::Index>(),
        prop::sample::select(b"\" \\[]-\x00\xff0x".to_vec()),
    )
        .prop_map(|(mut line, how, at, byte)| {
            let at = at.index(line.len());
            match how {
                0 => line[at] = byte,
                1 => line.insert(at, byte),
                2 => drop(line.remove(at)),
                3 => line.truncate(at),
                _ => {}
            }
            line
        })
}

#[test]
fn a_backslash_stands_alone_at_the_end_of_a_line_that_was_cut_off_only() {
    let line = |agent: &str| {
        format!(r#"192.0.2.1 - - [01/Feb/2024:00:00:00 +0000] "GET / HTTP/1.1" 200 0 "-" "{agent}"#)
            .into_bytes()
    };
    for (agent, requests) in
        [(r#"a\tb\"c\\\" "x"#, 0), (r#"a\"#, 1), (r#"a\\" "x""#, 1), (r#"a\" "x""#, 0)]
    {
        let log = [line(agent)];
        assert_eq!(counted(&log), reference(&log), "{agent}");
        assert_eq!(counted(&log).requests, requests, "{agent}");
    }
}

#[test]
fn a_request_of_a_dash_and_a_blank_has_no_target() {
    let line = br#"192.0.2.1 - - [01/Feb/2024:00:00:00 +0000] "- " 200 0 "-" "-""#;
    assert_eq!(counted(&[line.to_vec()]), reference(&[line.to_vec()]));
}

/// Failures are kept beside this file and tried again first. The default looks for a `lib.rs` above
/// the file, which tests of a package do not have.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn a_log_is_what_a_regular_expression_and_ordered_maps_make_of_it(log in prop::collection::vec(damaged(), 0..12)) {
        prop_assert_eq!(
            counted(&log),
            reference(&log),
            "{}",
            String::from_utf8_lossy(&log.join(&b'\n')),
        );
    }
}
