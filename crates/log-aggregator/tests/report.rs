//! The report, from requests to the page.

use log_aggregator::counting::Calendar;
use log_aggregator::counting::{Month, OwnSites, Rules};
use log_aggregator::formats::Entry;
use log_aggregator::output::Summary;
use log_aggregator::output::{Year, YearSummary};
use log_aggregator::report::page;
use log_aggregator::report::scale::count;

/// A month with some traffic that rises over the year and has nights and weekends.
fn counts(year: i32, month: u8) -> Month {
    let calendar = Calendar::new(year, month, 0).unwrap();
    let mut counts = Month::new(Rules {
        calendar,
        keep_query: false,
        exact_keys: 1000,
        by_host: true,
        by_hour: true,
        origins: Default::default(),
        own_sites: OwnSites::default(),
    });
    let start =
        (1_672_531_200..).step_by(3600).find(|time| calendar.place(*time).is_some()).unwrap();
    for number in 0..3000 + i64::from(month) * 300 + i64::from(year - 2024) * 500 {
        let time = start + number * 7919 % (calendar.days() as i64 * 86_400);
        let place = calendar.place(time).unwrap();
        if (place.hour < 7 && number % 3 > 0) || (place.weekday > 4 && number % 2 > 0) {
            continue;
        }
        let client = format!("192.0.2.{}", number % 97);
        let target = [
            "/",
            "/products/1?page=2",
            "/cart",
            "/style.css",
            "/<script>alert(1)</script>",
            "/gone",
        ][number as usize % 6];
        let host = ["www.example.org", "shop.example.org", "www.example.org", "a.example.org"]
            [number as usize % 4];
        counts.add(&Entry {
            time,
            client: client.as_bytes(),
            host: Some(host.as_bytes()),
            method: b"GET",
            target: target.as_bytes(),
            protocol: b"HTTP/1.1",
            status: Some([200, 200, 301, 200, 500, 404, 403][number as usize % 7]),
            bytes: 1000 + number as u64,
            agent: Some(
                [&b"Mozilla/5.0 (X11; Linux x86_64) Firefox/125.0"[..], b"Googlebot/2.1"]
                    [usize::from(number % 5 == 0)],
            ),
            referrer: (number % 4 == 0).then_some(b"https://example.com/"),
            response_time: Some(1000 + (number as u64 * 7919) % (40_000 * u64::from(month))),
            ..Entry::default()
        });
    }
    counts
}

fn year_of(number: i32, months: impl IntoIterator<Item = u8>) -> YearSummary {
    let mut year = Year::new(number, 50, 1000);
    months.into_iter().for_each(|month| year.add(month, &counts(number, month)));
    year.summary()
}

fn year(months: impl IntoIterator<Item = u8>) -> YearSummary {
    year_of(2024, months)
}

#[test]
fn the_page_is_whole_in_itself_and_shows_the_year() {
    let (year, last) = (year(1..=12), year_of(2023, 1..=12));
    let page = page(&year, Some(&last));
    if let Some(path) = std::env::var_os("WRITE_REPORT") {
        std::fs::write(path, &page).unwrap();
    }
    for needle in [
        "Access logs of 2024",
        "All twelve months",
        "2024-02-29",
        "/products/1",
        "Googlebot/2.1",
        "https://example.com/",
        "p99",
        "Lines that could not be parsed: 0; of other months: 0.",
        "Errors (4xx, 5xx)",
        "An error is an answer with a status of 400 or more",
        "1xx or none",
        "Visitors by day",
        "Protocols",
        "HTTP/1.1</td>",
        "Visitors: people",
        "People by weekday and hour",
        "Virtual hosts",
        "shop.example.org</td>",
        "Response times of pages",
        "500 /&lt;script&gt;alert(1)&lt;/script&gt;",
        "403 /",
        "2024 and 2023",
        "<title>Mar: 2023 ",
    ] {
        assert!(page.contains(needle), "{needle}");
    }
    let requests = year.requests;
    let shown = format!("{}\u{202f}{:03}", requests / 1000, requests % 1000);
    assert!(page.contains(&shown), "{shown}");
    // Nothing is fetched, nothing runs, and a path from a log stays text.
    for forbidden in ["<script", "src=", "@import", "url(", "href=\"http", "page=2"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("/&lt;script&gt;alert(1)&lt;/script&gt;"));
}

#[test]
fn only_months_that_both_years_have_are_compared() {
    let page = page(&year([1, 2, 3]), Some(&year_of(2023, [2, 3, 4])));
    assert!(page.contains("Of the months that both have: Feb, Mar."), "{page}");
    let (now, then) = (year([2, 3]).requests, year_of(2023, [2, 3]).requests);
    assert!(now > then);
    let row = format!("<td>{}</td><td>{}</td><td>+", count(now), count(then));
    assert!(page.contains(&row), "{row}");
    let page = log_aggregator::report::page(&year([1]), Some(&year_of(2023, [2])));
    assert!(page.contains("The two years have no month in common."), "{page}");
}

#[test]
fn a_part_of_a_month_is_marked_and_is_compared_with_nothing() {
    let mut rules = counts(2024, 2).rules().clone();
    // 2024-02-15T12:00:00Z
    rules.calendar = rules.calendar.until(1_707_998_400);
    let mut part = Month::new(rules);
    part.add(&Entry { time: 1_706_745_600, client: b"192.0.2.1", ..Entry::default() });
    let mut year = Year::new(2024, 50, 1000);
    year.add(1, &counts(2024, 1));
    year.add(2, &part);
    let page = page(&year.summary(), Some(&year_of(2023, [1, 2])));
    for needle in [
        "Feb* only up to 2024-02-15T12:00:00Z (whole days: 14)",
        "<title>Feb*: ",
        "Of the months that both have as a whole: Jan.",
        "<title>Jan: 2023 ",
    ] {
        assert!(page.contains(needle), "{needle}");
    }
    for forbidden in ["<title>Feb: 2023 ", "<title>Feb*: 2023 ", "2024-02-16"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn missing_months_are_said_and_a_year_without_any_is_a_page_too() {
    assert!(page(&year([3]), None).contains("1 of 12 months, UTC; missing: Jan, Feb, Apr"));
    assert!(page(&year([]), None).contains("0 of 12 months"));
}

#[test]
fn a_summary_is_read_back_as_it_was_written() {
    let summary = Summary::of(&counts(2024, 2), 2024, 2, 50);
    let json = serde_json::to_string(&summary).unwrap();
    assert_eq!(serde_json::from_str::<Summary>(&json).unwrap(), summary);
    assert_eq!(summary.days.len(), 29);
    assert_eq!(summary.days.iter().map(|day| day.requests).sum::<u64>(), summary.requests);
    assert!(
        serde_json::from_str::<Summary>(&json.replacen("\"version\"", "\"more\":1,\"version\"", 1))
            .is_err()
    );
}
