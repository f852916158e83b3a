//! The laws of a part of a month: what it says of its days is what the whole month says of them.

use log_aggregator::counting::{Calendar, Month, OwnSites, Rules, Zone};
use log_aggregator::formats::Entry;
use log_aggregator::output::{MonthState, Summary, Year};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

const DAY: i64 = 86_400;

/// Months whose clocks change, and those of lines.
const MONTHS: [(&str, i32, u8, i64); 5] = [
    ("UTC", 2024, 2, 1_706_745_600),
    ("Europe/Berlin", 2024, 3, 1_709_247_600),
    ("Europe/Berlin", 2024, 10, 1_727_733_600),
    ("America/St_Johns", 2009, 11, 1_257_042_600),
    ("as-logged", 2024, 2, 1_706_745_600),
];

/// The time, and what makes the client, the path and the status.
type Request = (i64, u8, u8, u8);

fn month(calendar: Calendar) -> Month {
    Month::new(Rules {
        calendar,
        keep_query: false,
        exact_keys: 1000,
        by_host: true,
        by_hour: true,
        origins: Default::default(),
        own_sites: OwnSites::default(),
    })
}

fn count(calendar: Calendar, requests: &[Request]) -> Month {
    let mut month = month(calendar);
    for (time, client, path, status) in requests {
        let (client, path) = (format!("192.0.2.{}", client % 20), format!("/{}", path % 9));
        month.add(&Entry {
            time: *time,
            client: client.as_bytes(),
            host: Some(b"www.example.org"),
            method: b"GET",
            target: path.as_bytes(),
            status: Some([200, 404, 500][usize::from(status % 3)]),
            bytes: u64::from(*status),
            // Where no request has one, people are unknown, in the part or in the whole.
            agent: Some(if client.len() % 2 == 0 { b"curl/8" } else { b"Safari" }),
            response_time: Some(u64::from(*status) * 1000),
            ..Entry::default()
        });
    }
    month
}

fn bytes((_, year, month, _): (&str, i32, u8, i64), counts: &Month) -> Vec<u8> {
    MonthState { year, month, counts: counts.clone() }.to_bytes()
}

/// A month, requests in it and around it, and the end of a part of it: some are the beginning of a
/// day or of an hour.
fn parts() -> impl Strategy<Value = ((&'static str, i32, u8, i64), Vec<Request>, i64)> {
    prop::sample::select(&MONTHS[..]).prop_flat_map(|month| {
        let first = month.3;
        let request = (first - 2 * DAY..first + 33 * DAY, any::<u8>(), any::<u8>(), any::<u8>());
        let until = prop_oneof![
            (1_i64..28).prop_map(move |day| first + day * DAY),
            (1_i64..28 * 24).prop_map(move |hour| first + hour * 3600),
            (1_i64..28 * DAY).prop_map(move |second| first + second),
        ];
        (Just(month), prop::collection::vec(request, 0..200), until)
    })
}

fn calendar((zone, year, month, first): (&str, i32, u8, i64)) -> Calendar {
    let calendar = Calendar::new(year, month, zone.parse::<Zone>().unwrap()).unwrap();
    assert_eq!(calendar.period().0, first, "{zone} {year}-{month}");
    calendar
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::with_cases(96)
    })]

    #[test]
    fn the_days_of_a_part_are_those_of_the_whole_month((month, requests, until) in parts()) {
        let calendar = calendar(month);
        let (whole, part) = (count(calendar, &requests), count(calendar.until(until), &requests));
        let (_, year, number, _) = month;
        let summary = |counts: &Month| Summary::of(counts, year, number, 100);
        let (whole_summary, part_summary) = (summary(&whole), summary(&part));
        let days = usize::from(part_summary.whole_days);
        prop_assert_eq!(&part_summary.days[..days], &whole_summary.days[..days]);
        prop_assert!(part_summary.days.len() <= days + 1);
        prop_assert_eq!(
            part_summary.days.iter().map(|day| day.requests).sum::<u64>(),
            part_summary.requests
        );
        prop_assert_eq!(part.total().requests + part.after_until, whole.total().requests);
        prop_assert_eq!(part.of_other_months, whole.of_other_months);
        prop_assert_eq!(part.lines(), whole.lines());
        prop_assert_eq!((whole_summary.until, whole_summary.after_until), (None, 0));
        prop_assert!(part_summary.until.is_some());
    }

    #[test]
    fn a_part_is_what_a_log_without_the_later_requests_comes_to(
        (month, requests, until) in parts(),
    ) {
        let calendar = calendar(month);
        let mut part = count(calendar.until(until), &requests);
        let earlier: Vec<Request> = requests
            .iter()
            .copied()
            .filter(|request| request.0 < until || calendar.place(request.0).is_none())
            .collect();
        let cut = count(calendar.until(until), &earlier);
        prop_assert_eq!(cut.after_until, 0);
        part.after_until = 0;
        prop_assert!(bytes(month, &part) == bytes(month, &cut));
        // But for the name, it is the whole month of that log.
        let whole = count(calendar, &earlier);
        prop_assert_eq!(part.hours(), whole.hours());
        prop_assert_eq!(part.statuses(), whole.statuses());
        prop_assert_eq!(part.visitors(), whole.visitors());
    }

    #[test]
    fn parts_of_its_log_merge_in_any_order(
        ((month, requests, until), places) in
            parts().prop_flat_map(|part| (Just(part), prop::collection::vec(0usize..3, 200))),
    ) {
        let calendar = calendar(month).until(until);
        let mut logs = [const { Vec::new() }; 3];
        for (request, place) in requests.iter().zip(&places) {
            logs[*place].push(*request);
        }
        let counted = logs.map(|log| count(calendar, &log));
        let merged = |order: [usize; 3]| {
            let mut sum = count(calendar, &[]);
            order.iter().for_each(|at| sum.merge(&counted[*at]));
            bytes(month, &sum)
        };
        let all = bytes(month, &count(calendar, &requests));
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            prop_assert!(merged(order) == all);
        }
    }

    #[test]
    fn a_stored_part_reads_back_as_a_part((month, requests, until) in parts()) {
        let part = count(calendar(month).until(until), &requests);
        let read = MonthState::from_bytes(&bytes(month, &part)).unwrap().counts;
        prop_assert_eq!(read.rules(), part.rules());
        prop_assert_eq!(read.after_until, part.after_until);
        let mut year = Year::new(month.1, 10, 1000);
        year.add(month.2, &read);
        let year = year.summary();
        prop_assert_eq!((year.partial, year.after_until), (vec![month.2], part.after_until));
        prop_assert_eq!(year.requests, part.total().requests);
    }
}
