//! How long reading a line takes, and counting what it says, for each format: `cargo bench --bench
//! lines`. A time is that of 4,096 lines; lines a second stand below it.

use std::hint::black_box;
use std::io::Write as _;

use criterion::{Criterion, Throughput};
use log_aggregator::counting::Calendar;
use log_aggregator::counting::{Month, OwnSites, Rules};
use log_aggregator::formats::Entry;
use log_aggregator::formats::{Format, Line, Parser};

const LINES: usize = 4096;

/// Lines of about 160 bytes, as a shop's log has them.
fn combined(tail: &str) -> Vec<u8> {
    const AGENTS: [&str; 4] = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/124.0 Safari/537.36",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "curl/8.5.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15",
    ];
    let mut log = Vec::new();
    for number in 0..LINES {
        // Writing to a Vec cannot fail.
        let _ = writeln!(
            log,
            "192.0.{}.{} - - [{:02}/May/2024:{:02}:{:02}:{:02} +0000] \"GET /products/{}?page={} HTTP/1.1\" {} {} \"https://example.com/{}\" \"{}\"{tail}",
            number % 200,
            number % 251,
            1 + number / 200,
            number % 24,
            number % 60,
            number % 59,
            number * 7919 % 5000,
            number % 9,
            if number % 17 == 0 { 404 } else { 200 },
            number * 31 % 100_000,
            number % 77,
            AGENTS[number % AGENTS.len()],
        );
    }
    log
}

fn json() -> Vec<u8> {
    let mut log = Vec::new();
    for number in 0..LINES {
        let _ = writeln!(
            log,
            r#"{{"time_iso8601":"2024-05-01T13:55:36+00:00","remote_addr":"192.0.2.{}","request":"GET /products/{} HTTP/1.1","status":"200","body_bytes_sent":"{}","request_time":"0.003","http_user_agent":"curl/8.5.0","http_referer":"-"}}"#,
            number % 251,
            number * 7919 % 5000,
            number * 31 % 100_000
        );
    }
    log
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (name, log) in
        [("combined", combined("")), ("combined-time", combined(" 0.250 0.100")), ("json", json())]
    {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::ElementsAndBytes {
            elements: LINES as u64,
            bytes: log.len() as u64,
        });
        let mut parser = Parser::new(&Format::named(name).expect("the format has a name"));
        group.bench_function("read", |bench| {
            bench.iter(|| {
                let mut bytes = 0;
                each(&mut parser, &log, |entry| bytes += entry.bytes);
                bytes
            });
        });
        let calendar = Calendar::new(2024, 5, 0).expect("there is a May");
        let mut month = Month::new(Rules {
            calendar,
            keep_query: false,
            exact_keys: 50_000,
            by_host: false,
            by_hour: false,
            origins: Default::default(),
            own_sites: OwnSites::default(),
        });
        group.bench_function("read and counted", |bench| {
            bench.iter(|| each(&mut parser, &log, |entry| month.add(entry)));
        });
        group.finish();
    }
    criterion.final_summary();
}

/// Hands on every entry of a log.
fn each(parser: &mut Parser, log: &[u8], mut see: impl FnMut(&Entry<'_>)) {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', log) {
        if let Ok(Line::Entry(entry)) = parser.parse(black_box(&log[start..end])) {
            see(&entry);
        }
        start = end + 1;
    }
}
