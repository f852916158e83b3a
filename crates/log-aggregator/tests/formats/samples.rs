//! Lines as servers write them where nobody told them otherwise: each file of `samples/` is found
//! by looking, and every line says what its server means.

use log_aggregator::formats::{Entry, Format, Line, NAMED, Parser, detect};
use proptest::prelude::*;

use crate::{config, text};

/// A format, its sample, and for each request: second of 2024-05-12T08:00, client, status, bytes,
/// method, target, host, agent, response and upstream time in microseconds.
const SAMPLES: [(&str, &str, &[&str]); 18] = [
    (
        "haproxy",
        include_str!("samples/haproxy.log"),
        &[
            "0 192.0.2.10 200 2750 GET /index.html - - 109000 69000",
            "1 2001:db8::5 503 212 GET https://www.example.org/a?b - - 50000 -",
            "2 192.0.2.11 404 0 GET /r?u=http://x.example/ - - 1000 1000",
            "3 192.0.2.12 - 0  <BADREQ> - - 0 -",
            r"4 192.0.2.13 404 305 GET /a\think\app - - 2000 1000",
        ],
    ),
    (
        "traefik-clf",
        include_str!("samples/traefik.log"),
        &[
            "0 192.0.2.10 304 0 GET /a - Mozilla/5.0 2000 -",
            "1 192.0.2.11 200 2814 GET /b - Mozilla/5.0 247000 -",
            "2 2001:db8::5 - 0 GET / - - 0 -",
            "3 192.0.2.12 200 5 GET /c - - 1000 -",
        ],
    ),
    (
        "envoy",
        include_str!("samples/envoy.log"),
        &[
            "0 192.0.2.10 204 77 POST /api/v1 svc.example.org Mozilla/5.0 226000 100000",
            "1 - 503 19 GET / svc.example.org curl/8.5.0 0 -",
            "2 192.0.2.11 - 0 GET /slow svc.example.org - 5000000 -",
        ],
    ),
    (
        "istio",
        include_str!("samples/istio.log"),
        &[
            "0 192.0.2.10 418 135 GET /status/418 httpbin curl/8.5.0 5000 2000",
            "1 192.0.2.11 200 135 GET / httpbin curl/8.5.0 4000 -",
        ],
    ),
    (
        "aws-s3",
        include_str!("samples/aws-s3.log"),
        &[
            "0 192.0.2.10 200 500 GET /img/a.png?x=1 b.s3.amazonaws.com aws-cli/2.15 17000 -",
            "1 192.0.2.11 403 243 GET /bucket-a?versioning - S3Console/0.4 8000 -",
            "4 - 200 0 PUT /a.gz b.s3.amazonaws.com - 103000 -",
            "5 192.0.2.12 200 368 GET /index - Mozilla/5.0 10000 -",
        ],
    ),
    (
        "aws-elb",
        include_str!("samples/aws-elb.log"),
        &[
            "0 192.0.2.10 200 29 GET http://a.example.org:80/a a.example.org curl/7.38.0 1048 -",
            "1 192.0.2.11 504 0 GET https://www.example.org:443/ www.example.org Mozilla/5.0 - -",
        ],
    ),
    (
        "squid",
        include_str!("samples/squid.log"),
        &[
            "0 192.0.2.10 200 1234 GET http://www.example.org/a?b www.example.org - 250000 -",
            "1 192.0.2.11 200 5123 CONNECT www.example.org:443 - - 123456000 -",
            "2 192.0.2.12 - 0  error:transaction-end-before-headers - - 0 -",
        ],
    ),
    (
        "common",
        include_str!("samples/common-and-time.log"),
        &["0 192.0.2.10 200 778 GET /a - - - -", "1 192.0.2.11 304 0 GET /b - - - -"],
    ),
    (
        "json",
        include_str!("samples/front-door.log"),
        &["0 192.0.2.10 200 1234 GET https://www.example.org:443/a?b www.example.org Mozilla/5.0 \
           250000 -"],
    ),
    (
        "json",
        include_str!("samples/application-gateway.log"),
        &["0 192.0.2.10 200 1234 GET /a www.example.org Mozilla/5.0 250000 -"],
    ),
    (
        "json",
        include_str!("samples/cloudfront-json.log"),
        &["0 192.0.2.10 200 1234 GET /a www.example.org Mozilla/5.0 (X11; Linux) 250000 -"],
    ),
    ("json", include_str!("samples/api-gateway.log"), &["0 192.0.2.10 200 1234 GET /a - - - -"]),
    (
        "json",
        include_str!("samples/istio-json.log"),
        &["0 192.0.2.10 200 1234 GET /a?b www.example.org Mozilla/5.0 250000 240000"],
    ),
    (
        "json",
        include_str!("samples/pino-http.log"),
        &["0 192.0.2.10 200 1234 GET /a?b www.example.org Mozilla/5.0 250000 -"],
    ),
    (
        "json",
        include_str!("samples/express-bunyan.log"),
        &["0 192.0.2.10 200 0 GET /a?b www.example.org Mozilla/5.0 250500 -"],
    ),
    (
        "json",
        include_str!("samples/envoy-gateway.log"),
        &["0 192.0.2.10 200 1234 GET /a?b www.example.org Mozilla/5.0 250000 240000"],
    ),
    (
        "nginx-proxy-manager",
        include_str!("samples/nginx-proxy-manager.log"),
        &[
            "0 192.0.2.10 404 192 GET /a?b=1 a.example.org Mozilla/5.0 - -",
            "1 192.0.2.11 444 0 GET /.env 192.0.2.200 - - -",
        ],
    ),
    (
        "json",
        include_str!("samples/elastic-common-schema.log"),
        &["0 192.0.2.10 200 1234 GET /a?b www.example.org Mozilla/5.0 250000 -"],
    ),
];

/// 2024-05-12T08:00:00Z
const EIGHT: i64 = 1_715_500_800;

fn shown(entry: &Entry<'_>) -> String {
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let micros = |time: Option<u64>| or_dash(time.map(|micros| micros.to_string()));
    [
        (entry.time - EIGHT).to_string(),
        text(entry.client),
        or_dash(entry.status.map(|status| status.to_string())),
        entry.bytes.to_string(),
        text(entry.method),
        text(entry.target),
        or_dash(entry.host.map(text)),
        or_dash(entry.agent.map(text)),
        micros(entry.response_time),
        micros(entry.upstream_time),
    ]
    .join(" ")
}

fn read_all(format: &Format, log: &str) -> Vec<String> {
    let mut parser = Parser::new(format);
    log.lines()
        .filter_map(|line| match parser.parse(line.as_bytes()) {
            Ok(Line::Entry(entry)) => Some(shown(&entry)),
            Ok(Line::Nothing) => None,
            Err(why) => panic!("{why}: {line}"),
        })
        .collect()
}

#[test]
fn what_a_server_writes_as_installed_is_found_by_looking_and_read_as_it_means_it() {
    for (name, log, requests) in SAMPLES {
        let format = detect(log.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let format = format.expect("there are lines");
        assert_eq!(format.name(), name, "{log}");
        assert_eq!(read_all(&format, log), requests, "{name}");
    }
}

#[test]
fn no_other_format_reads_most_lines_of_a_sample() {
    for (name, log, requests) in SAMPLES {
        for (other, _) in NAMED.into_iter().filter(|(other, _)| *other != name) {
            let mut parser = Parser::new(&Format::named(other).unwrap());
            let read = log
                .lines()
                .filter(|line| matches!(parser.parse(line.as_bytes()), Ok(Line::Entry(_))))
                .count();
            // Combined lets other fields pass.
            let is_combined = name == "traefik-clf" && other.ends_with("combined");
            let is_little = read * 2 <= requests.len();
            assert!(is_little || is_combined, "{other} reads {read} lines of {name}");
        }
    }
}

#[test]
fn a_format_of_goaccess_reads_what_goaccess_reads_by_it() {
    let request = "[12/May/2024:08:00:00 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\"";
    for (format, line, time) in [
        (
            r#"%h %^[%d:%t %^] "%r" %s %b "%R" "%u""#,
            format!("192.0.2.7 - - {request} and more"),
            None,
        ),
        (
            r#"%v:%^ %h %^[%d:%t %^] "%r" %s %b "%R" "%u" %T"#,
            format!("a:80 192.0.2.7 - - {request} 0.25 more"),
            Some(250_000),
        ),
        (
            r#"%^ %dT%t.%^ %^ %h:%^ %^ %T %s %b "%r" "%u""#,
            "h 2024-05-12T08:00:00.9Z b 192.0.2.7:9 - 0.25 200 5 \"GET /a HTTP/1.1\" \"x\"".into(),
            Some(250_000),
        ),
        (
            r#"~h{, } [%d:%t] "%m %U %H" %s %b "%u" %~%L"#,
            "192.0.2.7, 10.0.0.1 [12/May/2024:08:00:00] \"GET /a HTTP/1.1\" 200 5 \"x\"   250 z"
                .into(),
            Some(250_000),
        ),
    ] {
        let format = Format::described(format).unwrap_or_else(|error| panic!("{error}"));
        let mut parser = Parser::new(&format);
        match parser.parse(line.as_bytes()) {
            Ok(Line::Entry(entry)) => {
                let shown = shown(&entry);
                assert!(shown.starts_with("0 192.0.2.7 200 5 GET /a "), "{shown}");
                assert_eq!((entry.agent, entry.response_time), (Some(b"x".as_slice()), time));
            }
            other => panic!("{}: {other:?}", format.name()),
        }
    }
    let error = Format::described("%x.%^ %~%L %h %^/%s %b %m %U").unwrap_err().to_string();
    assert!(error.contains("%x") && error.contains("squid"), "{error}");
}

#[test]
fn a_log_without_requests_is_told_as_what_it_is() {
    for (line, says) in [
        (
            "tls 2.0 2024-05-12T08:00:00 net/nlb/c6e7 g3d4 192.0.2.10:51341 10.0.0.1:443 5 2",
            "Network Load Balancer",
        ),
        ("2024/05/12 08:00:00 [error] 7#7: *1 open() failed", "errors"),
        ("[Sun May 12 08:00:00.1 2024] [core:error] [pid 7] AH00126: Invalid URI", "errors"),
        (
            "[12/May/2024:08:00:00 +0000] 192.0.2.10 TLSv1.2 AES128 \"GET / HTTP/1.1\" 1375",
            "ssl_access_log",
        ),
        ("16:44:49 192.0.2.10 [2]USER anonymous 331", "FTP"),
        ("2024-05-12 08:00:00 192.0.2.10 john 10.0.0.1 21 PASS *** 230 0 0", "FTP"),
    ] {
        let error = detect(format!("{line}\n").repeat(3).as_bytes()).unwrap_err().to_string();
        assert!(error.contains(says) && error.contains("leave"), "{error}");
    }
}

#[test]
fn a_line_that_is_nearly_of_a_format_is_told_with_the_place_where_it_stops() {
    for (line, says) in [
        (
            r#"192.0.2.10 - - [12/Mai/2024:08:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "a""#,
            ["nearly", "at byte 16", "12/Mai/2024", "the time is wrong"],
        ),
        (
            r#"192.0.2.10 - - [12/May/2024:08:00:00 +0000] "GET / HTTP/1.1" 0.25 200 1"#,
            ["nearly", "at byte 61", "0.25 200 1", "the status is wrong"],
        ),
    ] {
        let error = detect(format!("{line}\n").repeat(3).as_bytes()).unwrap_err().to_string();
        assert!(says.iter().all(|text| error.contains(text)), "{error}");
        assert!(error.contains("--format"), "{error}");
    }
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn what_was_put_into_a_line_comes_out_of_it(
        second in 0i64..60,
        client in 1u8..,
        status in prop_oneof![Just(200u16), Just(404), 100u16..600],
        bytes in 0u64..10_000_000_000,
        millis in 0u64..10_000_000,
        target in "/[a-z0-9/?=&%.+~_-]{0,40}",
        agent in "[A-Za-z0-9/.;:()+, -]{1,60}",
    ) {
        let request = format!("GET {target} HTTP/1.1");
        let agent = agent.trim();
        prop_assume!(!agent.is_empty() && agent != "-");
        let micros = millis * 1000;
        let head = |host: &str, agent: &str| format!(
            "{second} 192.0.2.{client} {status} {bytes} GET {target} {host} {agent} {micros} "
        );
        let common = format!("12/May/2024:08:00:{second:02}");
        for (name, line, expected) in [
            (
                "haproxy",
                format!(
                    "192.0.2.{client}:9 [{common}.001] a b/c 1/2/3/4/{millis} {status} {bytes} - - \
                     ---- 1/1/1/1/0 0/0 {{{agent}}} {{}} \"{request}\""
                ),
                head("-", "-") + "4000",
            ),
            (
                "envoy",
                format!(
                    "[2024-05-12T08:00:{second:02}.9Z] \"{request}\" {status} - 1 {bytes} \
                     {millis} 7 \"192.0.2.{client}\" \"{agent}\" \"x\" \"a.example.org\" \"-\""
                ),
                head("a.example.org", agent) + "7000",
            ),
            (
                "istio",
                format!(
                    "[2024-05-12T08:00:{second:02}.9Z] \"{request}\" {status} - via - \"-\" 1 \
                     {bytes} {millis} 7 \"192.0.2.{client}\" \"{agent}\" \"x\" \
                     \"a.example.org:80\" \"-\" a b c 10.0.0.1:9 - default"
                ),
                head("a.example.org", agent) + "7000",
            ),
            (
                "aws-s3",
                format!(
                    "o b [{common} +0000] 192.0.2.{client} - R REST.GET.OBJECT k \"{request}\" \
                     {status} - {bytes} - {millis} - \"-\" \"{agent}\" - h= - - - a.example.org - -"
                ),
                head("a.example.org", agent) + "-",
            ),
            (
                "nginx-proxy-manager",
                format!(
                    "[{common} +0000] - 502 {status} - GET https a.example.org \"{target}\" \
                     [Client 192.0.2.{client}] [Length {bytes}] [Gzip -] [Sent-to a] \"{agent}\" \
                     \"-\""
                ),
                head("a.example.org", agent).replace(&format!("{agent} {micros} "), agent) + " - -",
            ),
            (
                "squid",
                format!(
                    "{}.007 {millis:>6} 192.0.2.{client} TCP_HIT/{status:03} {bytes} GET \
                     {target} - HIER_NONE/- text/html",
                    EIGHT + second
                ),
                head("-", "-") + "-",
            ),
        ] {
            let found = read_all(&Format::named(name).unwrap(), &line);
            prop_assert_eq!(found, vec![expected], "{}: {}", name, line);
        }
    }
}

#[test]
fn the_page_of_formats_has_every_one_with_lines_that_it_reads() {
    let page = include_str!("../../FORMATS.md");
    for (name, _) in NAMED {
        let (_, section) = page.split_once(&format!("\n### `{name}`\n")).unwrap_or_else(|| {
            panic!("FORMATS.md has no section {name}");
        });
        let lines = section.split("```text\n").nth(1).and_then(|rest| rest.split("```").next());
        let lines = lines.expect("a section has lines");
        let found = read_all(&Format::named(name).unwrap(), lines);
        assert!(
            !found.is_empty() && found.iter().all(|line| line.contains("192.0.2.10")),
            "{name}"
        );
        if name != "combined-time" {
            let format = detect(lines.as_bytes()).unwrap().unwrap();
            assert_eq!(format.name(), name, "{lines}");
        }
    }
}
