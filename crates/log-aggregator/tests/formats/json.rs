//! JSON lines, by the names of their fields.

use log_aggregator::formats::{Entry, Format, JsonFields, Line, Parser, Remark};

use crate::w3c::IIS;
use crate::{read, remarks, text, with};

#[test]
fn a_time_in_json_is_read_only_where_its_name_says_the_unit() {
    let times = |line: &str| with("json", line, |entry| (entry.response_time, entry.upstream_time));
    let common = r#""time":"2024-05-12T08:00:00Z","client":"192.0.2.1","status":200"#;
    for (fields, took, upstream) in [
        (
            r#""request_time":0.250,"upstream_response_time":"0.100, 0.050""#,
            Some(250_000),
            Some(150_000),
        ),
        // nginx always writes a point: these are something else's.
        (r#""request_time":250"#, None, None),
        (r#""request_time":"250""#, None, None),
        // Caddy's duration is of seconds; others write milliseconds.
        (r#""duration":0.003,"request":{"remote_ip":"192.0.2.1"}"#, Some(3000), None),
        (r#""duration":1,"request":{"client_ip":"192.0.2.1"}"#, Some(1_000_000), None),
        (r#""duration":250,"request":{"uri":"/a"}"#, None, None),
        (r#""duration":12.5"#, None, None),
        (
            r#""Duration":486767,"OriginDuration":467360,"DownstreamStatus":200"#,
            Some(487),
            Some(467),
        ),
        (r#""Duration":12"#, None, None),
        (r#""httpRequest":{"requestUrl":"/a","latency":"0.250s"}"#, Some(250_000), None),
        (r#""httpRequest":{"requestUrl":"/a","latency":"1s"}"#, Some(1_000_000), None),
    ] {
        assert_eq!(times(&format!("{{{common},{fields}}}")), (took, upstream), "{fields}");
    }
    assert_eq!(
        remarks("json", &format!("{{{common},\"duration\":12.5}}")),
        [Remark::NoSize, Remark::NoUnit]
    );
}

#[test]
fn json_of_traefik_google_and_cloudflare_is_found_by_its_names() {
    let answers = |entry: &Entry<'_>| {
        (text(entry.client), entry.time, entry.status, entry.bytes, entry.host.map(text))
    };
    for (line, client) in [
        (
            r#"{"ClientAddr":"[2001:db8::5]:5000","DownstreamContentSize":19,"DownstreamStatus":404,"RequestHost":"a.example.org","RequestMethod":"GET","RequestPath":"/foo","time":"2024-05-12T08:00:00Z"}"#,
            "2001:db8::5",
        ),
        (
            r#"{"httpRequest":{"requestMethod":"GET","requestUrl":"https://a.example.org/b?x=1","status":404,"responseSize":"19","remoteIp":"192.0.2.10:49194"},"timestamp":"2024-05-12T08:00:00.078651Z"}"#,
            "192.0.2.10",
        ),
        (
            r#"{"ClientIP":"192.0.2.10","ClientRequestHost":"a.example.org","ClientRequestMethod":"GET","ClientRequestURI":"/a?x=1","EdgeResponseStatus":404,"EdgeResponseBytes":19,"EdgeStartTimestamp":1715500800000000000}"#,
            "192.0.2.10",
        ),
        (
            r#"{"ClientIP":"192.0.2.10","ClientRequestHost":"a.example.org","ClientRequestMethod":"GET","ClientRequestURI":"/a?x=1","EdgeResponseStatus":404,"EdgeResponseBytes":19,"EdgeStartTimestamp":"2024-05-12T08:00:00Z"}"#,
            "192.0.2.10",
        ),
        (
            r#"{"remote_addr":"10.0.0.9","http_x_forwarded_for":"192.0.2.10, 198.51.100.70","host":"a.example.org","status":404,"body_bytes_sent":19,"time":1715500800244}"#,
            "192.0.2.10",
        ),
        (
            r#"{"remote_addr":"192.0.2.10","http_x_forwarded_for":"203.0.113.1","host":"a.example.org","status":404,"body_bytes_sent":19,"time":"1715500800.244"}"#,
            "192.0.2.10",
        ),
    ] {
        let (name, entries) = read(&format!("{line}\n").repeat(2), answers);
        let expected = (client.into(), 1_715_500_800, Some(404), 19, Some("a.example.org".into()));
        assert_eq!((name.as_str(), entries), ("json", vec![expected; 2]), "{line}");
    }
}

#[test]
fn a_time_without_a_zone_is_remarked_in_json_and_in_a_given_format_only() {
    let has_zone = |line: &str| !remarks("json", line).contains(&Remark::NoZone);
    let json = |time: &str| format!(r#"{{"time":{time},"client":"192.0.2.1","bytes":1}}"#);
    for time in [
        r#""2024-05-12T08:00:00Z""#,
        r#""12/May/2024:08:00:00 +0200""#,
        "1715500800",
        r#""1715500800.5""#,
    ] {
        assert!(has_zone(&json(time)), "{time}");
    }
    for time in [r#""2024-05-12T08:00:00""#, r#""2024-05-12 08:00:00.123""#] {
        assert!(!has_zone(&json(time)), "{time}");
    }
    let format = Format::described(r#"%h [%{%Y-%m-%d %H:%M:%S}t] "%r" %>s %b"#).unwrap();
    let mut parser = Parser::new(&format);
    for request in ["GET / HTTP/1.1", r#"GET /\"a\" HTTP/1.1"#] {
        let line = format!(r#"192.0.2.1 [2024-05-12 08:00:00] "{request}" 200 1"#);
        let Ok(Line::Entry(entry)) = parser.parse(line.as_bytes()) else { panic!("{line}") };
        assert_eq!(entry.remarks.iter().collect::<Vec<_>>(), [Remark::NoZone], "{line}");
    }
    // A W3C log is in UTC, and says no zone.
    assert!(
        read(IIS, |entry| entry.remarks.has(Remark::NoZone)).1.iter().all(|remarked| !remarked)
    );
}

#[test]
fn json_of_nginx_caddy_and_traefik_is_read_by_its_usual_names() {
    let nginx = r#"{"time_iso8601":"2024-05-01T13:55:36+00:00","remote_addr":"192.0.2.7","request":"GET /ü HTTP/2.0","status":"200","body_bytes_sent":"12","request_time":"0.003","http_user_agent":"a \"b\"","http_referer":""}"#;
    let caddy = r#"{"level":"info","ts":1714571736.5,"request":{"remote_ip":"192.0.2.7","remote_port":"1","proto":"HTTP/2.0","method":"GET","host":"example.com","uri":"/ü","headers":{"User-Agent":["a \"b\"","x"]}},"duration":0.003,"size":12,"status":200}"#;
    let traefik = r#"{"ClientAddr":"192.0.2.7:1","ClientHost":"192.0.2.7","DownstreamContentSize":12,"DownstreamStatus":200,"Duration":3000000,"OriginDuration":2000000,"RequestMethod":"GET","RequestPath":"/ü","RequestProtocol":"HTTP/2.0","StartUTC":"2024-05-01T13:55:36.5Z","request_User-Agent":"a \"b\"","time":"2024-05-01T13:55:37Z"}"#;
    for line in [nginx, caddy, traefik] {
        with("json", line, |entry| {
            assert_eq!(text(entry.client), "192.0.2.7", "{line}");
            assert_eq!(
                (entry.time, entry.status, entry.bytes),
                (1_714_571_736, Some(200), 12),
                "{line}"
            );
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
    for broken in ["{", "[]", r#"{"time":"2024-05-01T13:55:36Z"}"#, r#"{"client":"a","time":"x"}"#]
    {
        assert!(parser.parse(broken.as_bytes()).is_err(), "{broken}");
    }
}

#[test]
fn json_that_nginx_wrote_with_the_escapes_of_text_is_read() {
    // Without escape=json, log_format writes a quote as \x22 and a backslash as \x5C.
    let line = [
        r#"{"time":"2024-05-12T08:00:00Z","remote_addr":"192.0.2.1","status":"200","#,
        r#""request":"GET /a?q=\x22\xC3\xA9\xFF\x5C HTTP/1.1","body_bytes_sent":"7","#,
        r#""http_user_agent":"\x22x\\x22"}"#,
    ]
    .concat();
    let (name, read_entries) = read(&format!("{line}\n{line}\n"), |entry| {
        (text(entry.client), text(entry.target), entry.agent.map(text), entry.bytes)
    });
    let expected = (
        "192.0.2.1".to_owned(),
        "/a?q=\"é\u{fffd}\\".to_owned(),
        // An escaped backslash begins no escape.
        Some("\"x\\x22".to_owned()),
        7,
    );
    assert_eq!((name.as_str(), read_entries), ("json", vec![expected.clone(), expected]));
    for broken in [r#""\x2""#, r#""\xZZ""#, r#""\x22"#, r#""\"#] {
        let line = format!("{{\"remote_addr\":\"192.0.2.1\",\"request\":{broken}}}");
        let mut parser = Parser::new(&Format::json(JsonFields::default()));
        assert!(parser.parse(line.as_bytes()).is_err(), "{line}");
    }
}

#[test]
fn a_request_of_caddy_is_counted_once_however_often_its_log_tells_of_it() {
    let request = r#""request":{"remote_ip":"192.0.2.7","method":"GET","host":"a","uri":"/a"}"#;
    let line = |logger: &str| {
        format!(
            r#"{{"level":"info","ts":1714571736.5,"logger":"{logger}",{request},"status":502}}"#
        )
    };
    let access = line("http.log.access.log0");
    let message = r#"{"level":"info","ts":1714571736.5,"logger":"tls","msg":"cleaned"}"#;
    let log = [
        &format!("{message}\n").repeat(9),
        &access,
        &line("http.log.error"),
        &line("http.handlers.reverse_proxy"),
        &access,
        "",
    ]
    .join("\n");
    // Messages among requests do not hide what the requests are.
    let format = log_aggregator::formats::detect(log.as_bytes()).unwrap().unwrap();
    assert_eq!(format.name(), "json");
    let mut parser = Parser::new(&format);
    let read: Vec<_> = log.lines().map(|line| parser.parse(line.as_bytes()).is_ok()).collect();
    assert_eq!(read.iter().filter(|is_read| !**is_read).count(), 9, "messages are told");
    let entries = log
        .lines()
        .filter(|line| matches!(Parser::new(&format).parse(line.as_bytes()), Ok(Line::Entry(_))));
    assert_eq!(entries.count(), 2);
    // Other programs may name a part of themselves like this.
    let other =
        r#"{"logger":"http.server","remote_addr":"192.0.2.7","time":1714571736,"status":200}"#;
    assert!(matches!(parser.parse(other.as_bytes()), Ok(Line::Entry(_))));
    let only = format!("{message}\n").repeat(9);
    assert!(log_aggregator::formats::detect(only.as_bytes()).is_err(), "there are no requests");
}

#[test]
fn what_a_firewall_of_azure_says_of_a_request_is_no_second_one() {
    let line = |category: &str, rest: &str| {
        let properties = format!(r#"{{"clientIP":"192.0.2.10","requestUri":"/a"{rest}}}"#);
        let time = "2024-05-12T08:00:00Z";
        format!(r#"{{"category":"{category}","time":"{time}","properties":{properties}}}"#)
    };
    let access = line("ApplicationGatewayAccessLog", r#","httpStatus":404,"sentBytes":5"#);
    let log = [
        access.clone(),
        line("ApplicationGatewayFirewallLog", r#","ruleId":"920350","action":"Matched""#),
        line("FrontDoorWebApplicationFirewallLog", ""),
        line("FrontDoorHealthProbeLog", r#","httpStatusCode":"200""#),
        access,
    ]
    .join("\n");
    assert_eq!(read(&log, |entry| entry.status), ("json".to_owned(), vec![Some(404); 2]));
}

/// The logger of a request puts it into each message of the application.
#[test]
fn messages_of_pino_without_an_answer_or_a_time_are_no_requests() {
    let line = |rest: &str| {
        let request = r#"{"method":"GET","url":"/a","remoteAddress":"192.0.2.10"}"#;
        format!(r#"{{"level":30,"time":1715500800000,"req":{request},{rest}}}"#)
    };
    let log = [
        line(r#""msg":"looking for it""#),
        line(r#""res":{"statusCode":200},"responseTime":2,"msg":"request completed""#),
        line(r#""msg":"found""#),
        line(r#""res":{"statusCode":null},"responseTime":7,"msg":"request aborted""#),
    ];
    let (_, statuses) = read(&log.join("\n"), |entry| entry.status);
    assert_eq!(statuses, [Some(200), None]);
}
