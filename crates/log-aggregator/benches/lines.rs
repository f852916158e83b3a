//! How long reading a line takes, and counting what it says, in nanoseconds, for each format: `cargo bench -p log-aggregator`.
//!
//! Prints the fastest and the median of many passes over the same lines: the fastest is what the code takes, the median what
//! it took beside whatever else the machine was doing.

use std::hint::black_box;
use std::io::{self, Write as _};
use std::time::Instant;

use log_aggregator::calendar::Calendar;
use log_aggregator::entry::Entry;
use log_aggregator::format::{Format, Line, Parser};
use log_aggregator::month::{Month, Rules};

const LINES: usize = 4096;
const PASSES: usize = 300;

/// Lines of about 160 bytes, as a shop's log has them.
fn combined(tail: &str) -> Vec<u8> {
    const AGENTS: [&str; 4] = [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0 Safari/537.36",
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

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    writeln!(out, "{:<24} {:>8} {:>8} {:>8}", "", "fastest", "median", "MB/s")?;
    for (name, log) in [("combined", combined("")), ("combined-time", combined(" 0.250 0.100")), ("json", json())] {
        let mut parser = Parser::new(&Format::named(name).expect("the format has a name"));
        let read = timed(|| {
            let mut bytes = 0;
            each(&mut parser, &log, |entry| bytes += entry.bytes);
            black_box(bytes);
        });
        report(&mut out, name, &read, &log)?;
        let calendar = Calendar::new(2024, 5, 0).expect("there is a May");
        let mut month = Month::new(Rules { calendar, keep_query: false, exact_keys: 50_000 });
        let counted = timed(|| each(&mut parser, &log, |entry| month.add(entry)));
        report(&mut out, &format!("{name}, counted"), &counted, &log)?;
    }
    Ok(())
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

/// Nanoseconds a line of each pass, sorted.
fn timed(mut pass: impl FnMut()) -> Vec<f64> {
    let once = |pass: &mut dyn FnMut()| {
        let began = Instant::now();
        pass();
        began.elapsed().as_secs_f64() * 1e9 / LINES as f64
    };
    let mut took: Vec<f64> = (0..PASSES).map(|_| once(&mut pass)).collect();
    took.sort_by(f64::total_cmp);
    took
}

fn report(out: &mut impl io::Write, name: &str, took: &[f64], log: &[u8]) -> io::Result<()> {
    let median = took[PASSES / 2];
    let speed = log.len() as f64 / LINES as f64 / median * 1e3;
    writeln!(out, "{name:<24} {:>8.1} {median:>8.1} {speed:>8.0}", took[0])
}
