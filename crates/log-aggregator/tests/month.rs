//! The counts of a month against a slow, obvious model, and the laws of merging.

use std::collections::{BTreeMap, BTreeSet};

use log_aggregator::counting::BySender;
use log_aggregator::counting::Calendar;
use log_aggregator::counting::Table;
use log_aggregator::counting::is_bot;
use log_aggregator::counting::{Month, OriginSources, OwnSites, Rules};
use log_aggregator::counting::{is_static, path};
use log_aggregator::formats::Entry;
use log_aggregator::formats::Unparsed;
use log_aggregator::output::MonthState;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// A request that owns what it says.
#[derive(Clone, Debug)]
struct Request {
    time: i64,
    client: String,
    target: String,
    agent: Option<String>,
    status: Option<u16>,
    bytes: u64,
    took: Option<u64>,
}

impl Request {
    fn entry(&self) -> Entry<'_> {
        Entry {
            time: self.time,
            client: self.client.as_bytes(),
            method: b"GET",
            target: self.target.as_bytes(),
            protocol: b"HTTP/1.1",
            status: self.status,
            bytes: self.bytes,
            agent: self.agent.as_ref().map(String::as_bytes),
            response_time: self.took,
            ..Entry::default()
        }
    }
}

/// 2024-02-01T00:00:00Z.
const START: i64 = 1_706_745_600;
const DAY: i64 = 86_400;

fn rules() -> Rules {
    Rules {
        calendar: Calendar::new(2024, 2, 0).unwrap(),
        keep_query: false,
        exact_keys: 1000,
        by_host: true,
        by_hour: true,
        origins: Default::default(),
        own_sites: OwnSites::default(),
    }
}

fn request() -> impl Strategy<Value = Request> {
    let agents = ["Mozilla/5.0 Firefox/125.0", "curl/8.5.0", "Googlebot/2.1"].map(str::to_owned);
    (
        START - 2 * DAY..START + 32 * DAY,
        "192\\.0\\.2\\.[1-9]",
        prop::sample::select(vec![
            "/",
            "/a?x=1",
            "/a?x=2",
            "/b/c.css",
            "/d.PNG?v=1",
            "",
            "http://h/a",
        ])
        .prop_map(str::to_owned),
        prop::option::of(prop::sample::select(agents.to_vec())),
        prop::option::of(prop::sample::select(vec![200u16, 304, 403, 404, 500])),
        0u64..5000,
        prop::option::of(1u64..10_000_000),
    )
        .prop_map(|(time, client, target, agent, status, bytes, took)| Request {
            time,
            client,
            target,
            agent,
            status,
            bytes,
            took,
        })
}

fn count(requests: &[Request]) -> Month {
    let mut month = Month::new(rules());
    for request in requests {
        month.add(&request.entry());
    }
    month.add_unparsed(Unparsed::Shape);
    month
}

fn exact(table: &Table) -> BTreeMap<String, (u64, u64)> {
    assert_eq!(table.error(), 0);
    let all = table.top(usize::MAX).into_iter();
    all.map(|(key, count)| {
        (String::from_utf8_lossy(key).into_owned(), (count.requests, count.bytes))
    })
    .collect()
}

fn hour_visitors(month: &Month) -> [[BySender<u64>; 24]; 7] {
    month.week_visitors.as_ref().map(|week| week.counts()).unwrap()
}

/// All that a month says, in one value.
fn all(month: &Month) -> impl PartialEq + std::fmt::Debug + use<> {
    let tables: Vec<_> = month.tables.named().map(|(name, table)| (name, exact(table))).collect();
    let quantiles: Vec<u64> =
        [0.5, 0.9, 0.99, 1.0].iter().map(|q| month.response_times.at(*q)).collect();
    let visitors: Vec<BySender<u64>> =
        month.visitors.iter().map(|day| day.map(|sketch| sketch.count())).collect();
    (
        (month.total(), month.days(), visitors, month.week(), hour_visitors(month)),
        (month.statuses(), tables, quantiles, month.response_times.len()),
        (month.of_other_months, month.unparsed.clone()),
    )
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
    #![proptest_config(config(64))]

    #[test]
    fn a_month_is_what_a_slow_model_counts(requests in prop::collection::vec(request(), 0..300)) {
        let month = count(&requests);
        let (mine, others): (Vec<&Request>, Vec<&Request>) =
            requests.iter().partition(|request| (START..START + 29 * DAY).contains(&request.time));
        prop_assert_eq!(month.of_other_months, others.len() as u64);
        prop_assert_eq!(month.total().requests, mine.len() as u64);
        prop_assert_eq!(month.total().bytes, mine.iter().map(|request| request.bytes).sum::<u64>());
        let mut table = [const { BTreeMap::<String, (u64, u64)>::new() }; 8];
        let mut hours: BTreeMap<(i64, i64), u64> = BTreeMap::new();
        let mut visitors: BySender<BTreeSet<_>> = BySender::default();
        let mut in_hours: BySender<BTreeSet<_>> = BySender::default();
        let mut bot_requests = 0;
        let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
        for request in &mine {
            let path = String::from_utf8(path(request.target.as_bytes(), false).to_vec()).unwrap();
            let kind = match request.status {
                Some(404) => 0,
                _ if is_static(path.as_bytes()) => 1,
                _ => 2,
            };
            let agent = request.agent.clone().unwrap_or_default();
            let bot = is_bot(request.agent.as_ref().map(String::as_bytes));
            for (which, key) in [
                (kind, &path),
                (3, &request.client),
                (if bot { 4 } else { 5 }, &agent),
            ] {
                let count = table[which].entry(key.clone()).or_default();
                *count = (count.0 + 1, count.1 + request.bytes);
            }
            if let Some(status @ (400..=403 | 405..=599)) = request.status {
                let which = if status < 500 { 6 } else { 7 };
                let count = table[which].entry(format!("{status} {path}")).or_default();
                *count = (count.0 + 1, count.1 + request.bytes);
            }
            let day = (request.time - START) / DAY;
            // 2024-02-01 was a Thursday.
            *hours.entry(((day + 3) % 7, request.time % DAY / 3600)).or_default() += 1;
            let hour = request.time % DAY / 3600;
            let (visitors, in_hours) = if bot {
                (&mut visitors.bots, &mut in_hours.bots)
            } else {
                (&mut visitors.people, &mut in_hours.people)
            };
            visitors.insert((request.client.clone(), agent.clone(), day));
            in_hours.insert(((day + 3) % 7, hour, day, request.client.clone(), agent));
            bot_requests += u64::from(bot);
            *statuses.entry(request.status.unwrap_or(0)).or_default() += 1;
        }
        let tables = &month.tables;
        let names = [
            "not_found",
            "static_files",
            "paths",
            "clients",
            "bots",
            "agents",
            "client_errors",
            "server_errors",
        ];
        for (expected, name) in table.iter().zip(names) {
            prop_assert_eq!(expected, &exact(tables.get(name).unwrap()), "{}", name);
        }
        for weekday in 0..7 {
            for hour in 0..24 {
                let expected = hours.get(&(weekday as i64, hour as i64)).copied().unwrap_or(0);
                prop_assert_eq!(month.week()[weekday][hour], expected, "{} {}", weekday, hour);
            }
        }
        prop_assert_eq!(&month.statuses(), &statuses);
        // So few visitors are counted exactly.
        prop_assert_eq!(month.visitors(), visitors.map(|visitors| visitors.len() as u64));
        prop_assert_eq!(month.total().bot_requests, bot_requests);
        for (weekday, hours) in (0_i64..).zip(hour_visitors(&month)) {
            for (hour, found) in (0_i64..).zip(hours) {
                let expected = in_hours.map(|all| {
                    all.iter().filter(|seen| (seen.0, seen.1) == (weekday, hour)).count() as u64
                });
                prop_assert_eq!(found, expected, "{} {}", weekday, hour);
            }
        }
        prop_assert_eq!(
            month.response_times.len(),
            mine.iter().filter(|request| request.took.is_some()).count() as u64,
        );
        let mut took: Vec<u64> = mine.iter().filter_map(|request| request.took).collect();
        took.sort_unstable();
        if let Some(median) = took.get(took.len().saturating_sub(1) / 2) {
            let found = month.response_times.at(0.5) as f64;
            prop_assert!((found / *median as f64 - 1.0).abs() <= 0.002, "{} {}", found, median);
        }
    }

    #[test]
    fn parts_merge_to_the_whole_in_any_order_and_grouping(
        parts in prop::collection::vec(prop::collection::vec(request(), 0..80), 3),
    ) {
        let whole: Vec<Request> = parts.concat();
        let [a, b, c] = [count(&parts[0]), count(&parts[1]), count(&parts[2])];
        let merged = |months: &[&Month]| {
            let mut sum = months[0].clone();
            for month in &months[1..] {
                sum.merge(month);
            }
            sum
        };
        let left = merged(&[&merged(&[&a, &b]), &c]);
        let right = merged(&[&a, &merged(&[&b, &c])]);
        let turned = merged(&[&c, &b, &a]);
        prop_assert_eq!(all(&left), all(&right));
        prop_assert_eq!(all(&left), all(&turned));
        let mut expected = count(&whole);
        expected.add_unparsed(Unparsed::Shape);
        expected.add_unparsed(Unparsed::Shape);
        prop_assert_eq!(all(&left), all(&expected));
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn requests_counted_together_are_the_same_as_one_by_one(
        numbers in prop::collection::vec((0u32..60, 0u32..12, 0u8..6), 0..700),
        cuts in prop::collection::vec(1usize..150, 1..8),
    ) {
        let texts: Vec<(String, String, String)> = numbers
            .iter()
            .map(|(path, agent, method)| {
                (
                    format!("/p/{path}"),
                    format!("Agent/{agent}"),
                    "G".repeat(usize::from(*method) * 2),
                )
            })
            .collect();
        let entries: Vec<Entry<'_>> = texts
            .iter()
            .enumerate()
            .map(|(number, (path, agent, method))| Entry {
                // Every seventh is of another month.
                time: if number % 7 == 6 { 0 } else { 1_709_251_200 + number as i64 * 60 },
                client: &path.as_bytes()[1..],
                method: method.as_bytes(),
                target: path.as_bytes(),
                agent: Some(agent.as_bytes()),
                referrer: Some(path.as_bytes()),
                host: Some(method.as_bytes()),
                response_time: Some(number as u64),
                status: Some(if number % 5 == 0 { 404 } else { 200 }),
                bytes: number as u64,
                ..Entry::default()
            })
            .collect();
        // Few keys are exact, so that tables are purged in the middle of what is counted together.
        let calendar = Calendar::new(2024, 3, 0).expect("there is a March");
        let (keep_query, exact_keys, by_host, by_hour) = (false, 20, true, true);
        let own_sites = OwnSites::default();
        let origins = OriginSources::default();
        let rules =
            Rules { calendar, keep_query, exact_keys, by_host, by_hour, own_sites, origins };
        let empty = Month::new(rules);
        let (mut singly, mut together) = (empty.clone(), empty);
        entries.iter().for_each(|entry| singly.add(entry));
        let mut rest = entries.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at(rest.len().min(*cut));
            together.add_all(now);
            rest = later;
        }
        let bytes = |counts: Month| MonthState { year: 2024, month: 3, counts }.to_bytes();
        prop_assert!(bytes(singly) == bytes(together));
    }
}
