//! Each format against lines written by hand, broken ones among them.

use log_aggregator::entry::Entry;
use log_aggregator::format::{Format, JsonFields, Line, MAX_LINE_BYTES, NAMED, Parser, Unparsed, sniff};
use proptest::prelude::*;

const COMBINED: &str = r#"192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.0" 200 2326 "http://example.com/start" "Mozilla/4.08 (Win98; \"I\")""#;

fn with<R>(format: &str, lines: &str, see: impl Fn(&Entry<'_>) -> R) -> R {
    let format = Format::named(format).expect("the format has a name");
    let mut parser = Parser::new(&format);
    let mut last = None;
    for line in lines.lines() {
        if let Line::Entry(entry) = parser.parse(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}")) {
            last = Some(see(&entry));
        }
    }
    last.expect("there is an entry")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_combined_line_is_read_in_full() {
    with("combined", COMBINED, |entry| {
        assert_eq!(text(entry.client), "192.0.2.7");
        assert_eq!(entry.time, 971_211_336);
        assert_eq!(
            (text(entry.method), text(entry.target), text(entry.protocol)),
            ("GET".into(), "/a.gif?x=1".into(), "HTTP/1.0".into())
        );
        assert_eq!((entry.status, entry.bytes), (Some(200), 2326));
        assert_eq!(entry.referrer.map(text), Some("http://example.com/start".into()));
        assert_eq!(entry.agent.map(text), Some("Mozilla/4.08 (Win98; \"I\")".into()));
    });
}

#[test]
fn broken_request_lines_are_entries_all_the_same() {
    for (request, method, target) in [
        ("-", "", ""),
        (r"\x16\x03\x01", "", "\x16\x03\x01"),
        ("GET /with space HTTP/1.1", "GET", "/with space"),
        ("GET", "", "GET"),
        (r#"GET /\"quoted\" HTTP/1.1"#, "GET", "/\"quoted\""),
    ] {
        let line = format!(r#"2001:db8::1 - - [10/Oct/2000:13:55:36 +0000] "{request}" 400 - "-" "-""#);
        with("combined", &line, |entry| {
            assert_eq!((text(entry.method), text(entry.target)), (method.to_owned(), target.to_owned()), "{request}");
            assert_eq!((entry.bytes, entry.referrer, entry.agent), (0, None, None));
        });
    }
}

#[test]
fn what_is_wrong_with_a_line_is_told() {
    let format = Format::named("combined").unwrap();
    let mut parser = Parser::new(&format);
    let long = "x".repeat(MAX_LINE_BYTES + 1);
    for (line, error) in [
        ("nonsense", Unparsed::Shape),
        (&COMBINED.replace("Oct", "Okt"), Unparsed::Time),
        (&COMBINED.replace(" 200 ", " 2000 "), Unparsed::Status),
        (&COMBINED.replace(" 2326 ", " 2k "), Unparsed::Bytes),
        (COMBINED.split_once(" \"Mozilla").unwrap().0, Unparsed::Shape),
        (&format!("{COMBINED} 17"), Unparsed::Surplus),
        (&long, Unparsed::TooLong),
    ] {
        assert_eq!(parser.parse(line.as_bytes()), Err(error), "{}", &line[..line.len().min(200)]);
    }
    assert_eq!(parser.parse(b""), Ok(Line::Nothing));
    assert!(matches!(parser.parse(format!("{COMBINED}\r").as_bytes()), Ok(Line::Entry(_))));
}

#[test]
fn a_line_that_is_cut_off_within_its_last_field_counts() {
    let agent = "Mozilla/4.08 (Win98; \"I\")";
    let begins = COMBINED.find("Mozilla").unwrap();
    for end in begins..COMBINED.len() {
        with("combined", &COMBINED[..end], |entry| {
            let found = entry.agent.unwrap_or_default();
            // A lone backslash at the end is the first half of an escape.
            assert!(agent.as_bytes().starts_with(found.strip_suffix(b"\\").unwrap_or(found)), "{}", text(found));
            assert_eq!((entry.status, entry.bytes), (Some(200), 2326));
        });
    }
}

#[test]
fn times_behind_a_combined_line_are_read_in_seconds_or_microseconds() {
    for (tail, took, upstream) in [
        (" 0.250 0.100", Some(250_000), Some(100_000)),
        (" 250", Some(250), None),
        (" 0.003 -", Some(3000), None),
        (" 17 12", Some(17), Some(12)),
    ] {
        with("combined-time", &format!("{COMBINED}{tail}"), |entry| {
            assert_eq!((entry.response_time, entry.upstream_time), (took, upstream), "{tail}");
        });
    }
    with("nginx-timed", &format!("{COMBINED} rt=0.250 uct=\"0.001\" uht=\"0.2\" urt=\"0.100, 0.050\""), |entry| {
        assert_eq!((entry.response_time, entry.upstream_time), (Some(250_000), Some(150_000)));
    });
}

#[test]
fn json_of_nginx_caddy_and_traefik_is_read_by_its_usual_names() {
    let nginx = r#"{"time_iso8601":"2024-05-01T13:55:36+00:00","remote_addr":"192.0.2.7","request":"GET /ü HTTP/2.0","status":"200","body_bytes_sent":"12","request_time":"0.003","http_user_agent":"a \"b\"","http_referer":""}"#;
    let caddy = r#"{"level":"info","ts":1714571736.5,"request":{"remote_ip":"192.0.2.7","remote_port":"1","proto":"HTTP/2.0","method":"GET","host":"example.com","uri":"/ü","headers":{"User-Agent":["a \"b\"","x"]}},"duration":0.003,"size":12,"status":200}"#;
    let traefik = r#"{"ClientAddr":"192.0.2.7:1","ClientHost":"192.0.2.7","DownstreamContentSize":12,"DownstreamStatus":200,"Duration":3000000,"OriginDuration":2000000,"RequestMethod":"GET","RequestPath":"/ü","RequestProtocol":"HTTP/2.0","StartUTC":"2024-05-01T13:55:36.5Z","request_User-Agent":"a \"b\"","time":"2024-05-01T13:55:37Z"}"#;
    for line in [nginx, caddy, traefik] {
        with("json", line, |entry| {
            assert_eq!(text(entry.client), "192.0.2.7", "{line}");
            assert_eq!((entry.time, entry.status, entry.bytes), (1_714_571_736, Some(200), 12), "{line}");
            assert_eq!(
                (text(entry.method), text(entry.target), text(entry.protocol)),
                ("GET".into(), "/ü".into(), "HTTP/2.0".into())
            );
            assert_eq!(entry.agent.map(text), Some("a \"b\"".into()), "{line}");
            assert_eq!((entry.response_time, entry.referrer), (Some(3000), None), "{line}");
        });
    }
}

#[test]
fn json_fields_can_be_named() {
    let fields = JsonFields::with(["client=net.peer", "response-time-ms=ms"]).unwrap();
    let mut parser = Parser::new(&Format::json(fields));
    let line =
        br#"{"net":{"peer":"::1"},"time":"2024-05-01T13:55:36Z","request":"GET / HTTP/1.1","status":304,"ms":1.5}"#;
    let Ok(Line::Entry(entry)) = parser.parse(line) else { panic!("an entry") };
    assert_eq!((entry.client, entry.response_time), (b"::1".as_slice(), Some(1500)));
    assert!(JsonFields::with(["nobody=x"]).unwrap_err().to_string().contains("nobody=x"));
    for broken in ["{", "[]", r#"{"time":"2024-05-01T13:55:36Z"}"#, r#"{"client":"a","time":"x"}"#] {
        assert!(parser.parse(broken.as_bytes()).is_err(), "{broken}");
    }
}

#[test]
fn load_balancers_and_cloudfront_are_read() {
    let alb = r#"https 2018-07-02T22:23:00.186641Z app/my-lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-58337281" "www.example.com" "arn" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-""#;
    with("aws-alb", alb, |entry| {
        assert_eq!(
            (text(entry.client), entry.time, entry.status, entry.bytes),
            ("192.168.131.39".into(), 1_530_570_180, Some(200), 57)
        );
        assert_eq!((entry.agent.map(text), entry.response_time), (Some("curl/7.46.0".into()), Some(48_000)));
    });
    let cloudfront = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query time-taken\n2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\tMozilla/5.0%2520(Windows%2520NT)\ta=b\t0.001";
    with("w3c", cloudfront, |entry| {
        assert_eq!((text(entry.target), entry.bytes, entry.time), ("/index.html?a=b".into(), 392, 1_575_493_351));
        assert_eq!((entry.agent.map(text), entry.response_time), (Some("Mozilla/5.0 (Windows NT)".into()), Some(1000)));
    });
}

#[test]
fn a_format_is_found_by_looking() {
    let vhost = format!("example.com:80 {COMBINED}");
    let common = COMBINED[..COMBINED.find(" \"http").unwrap()].to_owned();
    for (name, line) in [
        ("combined", COMBINED),
        ("vhost-combined", &vhost),
        ("common", &common),
        ("vhost-common", &format!("example.com {common}")),
        ("combined-time", &format!("{COMBINED} 0.250")),
        ("nginx-timed", &format!("{COMBINED} rt=0.250")),
        ("json", r#"{"client":"::1","time":"2024-05-01T13:55:36Z"}"#),
        ("w3c", "#Fields: date time c-ip\n2024-05-01 10:00:00 ::1"),
    ] {
        let head = format!("{line}\nsome broken line\n{line}\n{line}\nan unfinished one");
        assert_eq!(sniff(head.as_bytes()).unwrap().unwrap().name(), name, "{line}");
    }
    assert_eq!(sniff(b"\n\n"), Ok(None));
    let error = sniff(b"nothing\nthat\nis known\n").unwrap_err().to_string();
    assert!(error.contains("\"nothing\"") && error.contains("--format"), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(lines in prop::collection::vec(prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"\"\\[] -:/{}#%\t,.0123456789".to_vec())], 0..200), 1..8)) {
        for (name, _) in NAMED {
            let mut parser = Parser::new(&Format::named(name).unwrap());
            for line in &lines {
                let _ = parser.parse(line);
            }
        }
    }
}
