//! Each format against lines written by hand, broken ones among them.

use log_aggregator::entry::Entry;
use log_aggregator::format::{
    Format, JsonFields, Line, MAX_LINE_BYTES, NAMED, Parser, Unparsed, sniff,
};
use log_aggregator::remark::Remark;
use proptest::prelude::*;

const COMBINED: &str = r#"192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.0" 200 2326 "http://example.com/start" "Mozilla/4.08 (Win98; \"I\")""#;

fn with<R>(format: &str, lines: &str, see: impl Fn(&Entry<'_>) -> R) -> R {
    let format = Format::named(format).expect("the format has a name");
    let mut parser = Parser::new(&format);
    let mut last = None;
    for line in lines.lines() {
        if let Line::Entry(entry) =
            parser.parse(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error}"))
        {
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
fn a_host_is_the_same_with_and_without_its_port_in_every_format() {
    let common = COMBINED.split(" \"http").next().unwrap();
    let host = |format: &str, line: &str| with(format, line, |entry| entry.host.map(text).unwrap());
    for (given, expected) in [
        ("example.com", "example.com"),
        ("example.com:443", "example.com"),
        ("[2001:db8::1]:80", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[::1]:80", "::1"),
    ] {
        assert_eq!(host("vhost-combined", &format!("{given} {COMBINED}")), expected);
        assert_eq!(host("vhost-common", &format!("{given} {common}")), expected);
        let json = format!(
            r#"{{"remote_addr":"192.0.2.7","time":1707566400,"status":200,"host":"{given}","bytes":1}}"#
        );
        assert_eq!(host("json", &json), expected);
        let w3c = format!(
            "#Fields: date time c-ip cs-host sc-status\n2024-02-10 12:00:00 192.0.2.7 {given} 200"
        );
        assert_eq!(host("w3c", &w3c), expected);
    }
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
        let line =
            format!(r#"2001:db8::1 - - [10/Oct/2000:13:55:36 +0000] "{request}" 400 - "-" "-""#);
        with("combined", &line, |entry| {
            assert_eq!(
                (text(entry.method), text(entry.target)),
                (method.to_owned(), target.to_owned()),
                "{request}"
            );
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
        (&format!("{COMBINED} 17\""), Unparsed::Surplus),
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
            assert!(
                agent.as_bytes().starts_with(found.strip_suffix(b"\\").unwrap_or(found)),
                "{}",
                text(found)
            );
            assert_eq!((entry.status, entry.bytes), (Some(200), 2326));
        });
    }
}

#[test]
fn times_behind_a_combined_line_are_seconds_with_a_point_and_nothing_else() {
    for (tail, took, upstream) in [
        (" 0.250 0.100", Some(250_000), Some(100_000)),
        (" 0.250 0.100, 0.110", Some(250_000), Some(210_000)),
        (" 0.003 -", Some(3000), None),
        (" 1.500", Some(1_500_000), None),
    ] {
        with("combined-time", &format!("{COMBINED}{tail}"), |entry| {
            assert_eq!((entry.response_time, entry.upstream_time), (took, upstream), "{tail}");
        });
    }
    // Microseconds, or the bytes of Apache's combinedio: nobody can tell.
    let mut parser = Parser::new(&Format::named("combined-time").unwrap());
    for tail in [" 250", " 512 1290"] {
        assert_eq!(
            parser.parse(format!("{COMBINED}{tail}").as_bytes()),
            Err(Unparsed::Duration),
            "{tail}"
        );
    }
    with(
        "nginx-timed",
        &format!("{COMBINED} rt=0.250 uct=\"0.001\" uht=\"0.2\" urt=\"0.100, 0.050\""),
        |entry| {
            assert_eq!((entry.response_time, entry.upstream_time), (Some(250_000), Some(150_000)));
        },
    );
    with(
        "nginx-timed",
        &format!("{COMBINED} rt=0.250 uct=0.001, 0.001 uht=0.2, 0.2 urt=0.100, 0.050"),
        |entry| {
            assert_eq!((entry.response_time, entry.upstream_time), (Some(250_000), Some(150_000)));
        },
    );
}

/// What is remarked about a line of a format.
fn remarks(name: &str, line: &str) -> Vec<Remark> {
    with(name, line, |entry| entry.remarks.iter().collect())
}

/// Reads the lines of a log by the format that is found, and gives its name and the last entry's
/// answers.
fn read<T>(log: &str, answers: impl Fn(&Entry<'_>) -> T) -> (String, Vec<T>) {
    let format = sniff(log.as_bytes()).unwrap().unwrap();
    let mut parser = Parser::new(&format);
    let mut all = Vec::new();
    for line in log.lines() {
        if let Line::Entry(entry) =
            parser.parse(line.as_bytes()).unwrap_or_else(|why| panic!("{why}: {line}"))
        {
            all.push(answers(&entry));
        }
    }
    (format.name().to_owned(), all)
}

#[test]
fn nothing_behind_a_combined_line_is_taken_for_a_time() {
    for tail in
        [" 512 1290", " 250", " 0.250 0.100", " \"-\" \"cookie=1\"", " id=\"a b\" -", " [x] 1, 2"]
    {
        let (name, times) = read(&format!("{COMBINED}{tail}\n").repeat(3), |entry| {
            assert!(entry.remarks.iter().eq([Remark::GoesOn]), "{tail}");
            assert_eq!((entry.status, entry.bytes), (Some(200), 2326));
            (entry.response_time, entry.upstream_time)
        });
        assert_eq!((name.as_str(), times), ("combined", vec![(None, None); 3]), "{tail}");
    }
    // A log whose format gains columns is read to its end.
    let log = format!("{COMBINED}\n").repeat(30)
        + &format!("{COMBINED} rt=0.250 urt=\"0.100\"\n").repeat(20);
    assert_eq!(read(&log, |entry| entry.status), ("combined".to_owned(), vec![Some(200); 50]));
}

#[test]
fn quotes_that_were_not_escaped_never_shift_a_field() {
    let mut parser = Parser::new(&Format::named("combined").unwrap());
    let agent = "\"Mozilla/5.0\"";
    for line in [
        r#"192.0.2.1 - - [12/May/2024:08:00:00 +0000] "GET /p HTTP/1.1" 200 100 "-" "Alba 10" tablet""#.to_owned(),
        format!("192.0.2.1 - - [12/May/2024:08:00:00 +0000] \"GET /p HTTP/1.1\" 200 100 \"/?q=\"two words\"\" {agent}"),
        format!("192.0.2.1 - - [12/May/2024:08:00:00 +0000] \"GET /a\"b HTTP/1.1\" 404 100 \"-\" {agent}"),
    ] {
        assert!(parser.parse(line.as_bytes()).is_err(), "{line}");
    }
}

#[test]
fn the_formats_of_nginx_ingress_and_traefik_are_found_and_say_what_their_times_are() {
    let times = |entry: &Entry<'_>| (entry.response_time, entry.upstream_time);
    let tails = [
        " 89 0.120 [default-web-80] [] 10.1.0.5:8080 59 0.100 200 529a",
        " 91 0.220 [default-web-80] [] 10.1.0.5:8080, 10.1.0.6:8080 0, 59 0.100, 0.110 502, 200 68fa",
        " 91 0.220 [default-web-80] [] 10.1.0.5:8080, 10.1.0.6:8080 : 10.1.0.7:80 0, 59 : 1 0.100, 0.110 : 0.001 502, 200 : 200 68fa",
        " 0 0.000 [] [] - - - - 4c7d",
    ];
    let log: String = tails.iter().map(|tail| format!("{COMBINED}{tail}\n")).collect();
    let expected =
        [(120_000, Some(100_000)), (220_000, Some(210_000)), (220_000, Some(211_000)), (0, None)];
    let expected = expected.map(|(took, upstream)| (Some(took), upstream)).to_vec();
    assert_eq!(read(&log, times), ("ingress-nginx".to_owned(), expected));

    let log: String = [22, 3, 0]
        .map(|ms| format!("{COMBINED} 162 \"web@docker\" \"http://10.1.0.3:80\" {ms}ms\n"))
        .concat();
    assert_eq!(
        read(&log, times),
        ("traefik-clf".to_owned(), vec![(Some(22_000), None), (Some(3000), None), (Some(0), None)])
    );
    // Somebody on the internet may write into the header what they like; a proxy beside the server
    // is believed.
    let behind = COMBINED.replacen("127.0.0.1", "10.0.0.9", 1).replacen("192.0.2.7", "10.0.0.9", 1);
    let open = behind.replacen("10.0.0.9", "192.0.2.11", 1);
    let log =
        format!("{behind} \"-\"\n{behind} \"203.0.113.9, 198.51.100.1\"\n{open} \"203.0.113.9\"\n");
    let (name, clients) = read(&log, |entry| text(entry.client));
    assert_eq!(
        (name.as_str(), clients),
        ("nginx-main", vec!["10.0.0.9".into(), "203.0.113.9".into(), "192.0.2.11".into()])
    );
}

#[test]
fn a_client_is_one_address_without_a_port() {
    let line = |client: &str| {
        format!(
            "{client} - - [12/May/2024:08:00:00 +0000] \"GET /p HTTP/1.1\" 200 100 \"-\" \"a\"\n"
        )
    };
    for (logged, client) in [
        ("192.0.2.10:49190", "192.0.2.10"),
        ("[2001:db8::5]:5000", "2001:db8::5"),
        ("2001:db8::5", "2001:db8::5"),
        ("203.0.113.5, 10.0.0.1", "203.0.113.5"),
        ("203.0.113.5, 10.0.0.2, 127.0.0.1", "203.0.113.5"),
        ("203.0.113.5,10.0.0.1", "203.0.113.5"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("\u{feff}192.0.2.10", "192.0.2.10"),
        ("\0\0\u{0}192.0.2.10", "192.0.2.10"),
    ] {
        let (name, clients) = read(&line(logged).repeat(3), |entry| text(entry.client));
        assert_eq!((name.as_str(), clients), ("combined", vec![client.into(); 3]), "{logged}");
    }
    assert_eq!(
        remarks(
            "combined",
            "\0\u{0}192.0.2.1 - - [12/May/2024:08:00:00 +0000] \"-\" 200 1 \"-\" \"a\"\0"
        ),
        [Remark::Nuls]
    );
    let mut parser = Parser::new(&Format::named("combined").unwrap());
    assert_eq!(parser.parse(&[0; 300]), Ok(Line::Nothing));
    let json = r#"{"time":"2024-05-12T08:00:00Z","client":"192.0.2.10:49190","method":"GET","path":"/a","status":200,"bytes":10}"#;
    with("json", json, |entry| assert_eq!(entry.client, b"192.0.2.10"));
}

#[test]
fn a_format_may_have_its_client_from_a_proxy() {
    for format in [
        r#"%{X-Forwarded-For}i %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i""#,
        r#"$http_x_forwarded_for - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
        r#"%{c}a %l %u %t "%r" %>s %b "%{Referer}i" "%{User-agent}i""#,
    ] {
        let mut parser = Parser::new(&Format::described(format).unwrap());
        for (logged, client) in
            [("203.0.113.5", "203.0.113.5"), ("203.0.113.6, 10.0.0.1", "203.0.113.6")]
        {
            let line = format!(
                "{logged} - - [12/May/2024:08:00:00 +0000] \"GET /p HTTP/1.1\" 200 100 \"-\" \"a\""
            );
            let Ok(Line::Entry(entry)) = parser.parse(line.as_bytes()) else {
                panic!("{format}: {line}")
            };
            assert_eq!((text(entry.client), entry.bytes), (client.into(), 100), "{format}");
        }
    }
    // Where both are logged, in whichever order.
    for (format, order) in [
        ("%{X-Forwarded-For}i %h %l %u %t \"%r\" %>s %b", [0, 1]),
        ("%h %{X-Forwarded-For}i %l %u %t \"%r\" %>s %b", [1, 0]),
    ] {
        let mut parser = Parser::new(&Format::described(format).unwrap());
        for (forwarded, connected, client) in [
            ("203.0.113.5, 10.0.0.1", "10.0.0.9", "203.0.113.5"),
            ("203.0.113.5", "192.0.2.1", "192.0.2.1"),
            ("-", "10.0.0.9", "10.0.0.9"),
        ] {
            let logged = order.map(|at| [forwarded, connected][at]).join(" ");
            let line =
                format!("{logged} - - [12/May/2024:08:00:00 +0000] \"GET /p HTTP/1.1\" 200 100");
            let Ok(Line::Entry(entry)) = parser.parse(line.as_bytes()) else {
                panic!("{format}: {line}")
            };
            assert_eq!(text(entry.client), client, "{format}: {line}");
        }
    }
}

const IIS: &str = "#Software: Microsoft Internet Information Services 10.0
#Fields: date time cs-method cs-uri-stem c-ip cs(User-Agent) sc-status time-taken
2024-05-12 08:00:01 GET /a 192.0.2.10 Mozilla/5.0+(Windows+NT+10.0) 200 15
2024-05-12 08:00:02 GET /a fe80::1%7 Mozilla/5.0 200 283
";

#[test]
fn a_w3c_log_is_read_as_the_program_that_writes_it_means_it() {
    let answers =
        |entry: &Entry<'_>| (text(entry.client), entry.agent.map(text), entry.response_time);
    let expected = vec![
        ("192.0.2.10".into(), Some("Mozilla/5.0 (Windows NT 10.0)".into()), Some(15_000)),
        ("fe80::1%7".into(), Some("Mozilla/5.0".into()), Some(283_000)),
    ];
    assert_eq!(read(IIS, answers), ("w3c".to_owned(), expected));
    // The columns tell it where the first line is lost.
    let nameless = IIS
        .replace("#Software: Microsoft Internet Information Services 10.0\n", "")
        .replace("sc-status ", "sc-status sc-win32-status ")
        .replace(" 200 ", " 200 0 ");
    assert_eq!(read(&nameless, |entry| entry.response_time).1, [Some(15_000), Some(283_000)]);
    // Of a program that nobody knows, a time is read by the standard, in seconds, where it has a
    // point.
    let unknown = IIS.replace("Microsoft Internet Information Services 10.0", "Something 1.0");
    assert_eq!(
        read(&unknown, |entry| (
            entry.response_time,
            entry.remarks.iter().any(|remark| remark == Remark::NoUnit)
        ))
        .1,
        [(None, true); 2]
    );
    let seconds = unknown.replace(" 15\n", " 0.015\n").replace(" 283\n", " 0.283\n");
    assert_eq!(read(&seconds, |entry| entry.response_time).1, [Some(15_000), Some(283_000)]);
    // Values in quotes have blanks in them, and a forwarded address is that of the client.
    let quoted = "#Software: IIS Advanced Logging Module\n#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes cs(User-Agent) X-Forwarded-For\n\
         2024-05-12 08:00:00.502 10.0.0.9 GET /a 200 100 \"Mozilla/5.0 (X11; +1)\" 192.0.2.11\n";
    let answers = |entry: &Entry<'_>| (text(entry.client), entry.agent.map(text), entry.bytes);
    assert_eq!(
        read(quoted, answers).1,
        [("192.0.2.11".into(), Some("Mozilla/5.0 (X11; +1)".into()), 100)]
    );
}

#[test]
fn cloudfront_has_the_host_that_was_asked_for_and_may_lack_its_last_columns() {
    let log = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(User-Agent) x-host-header time-taken sc-range-start sc-range-end\n\
         2024-05-12\t08:00:00\tFRA1\t392\t192.0.2.10\tGET\td1.cloudfront.net\t/a\t200\tExamplebot/2.1;%20+http://example.org\twww.example.org\t0.250\t-\t-\n\
         2024-05-12\t08:00:01\tFRA1\t392\t192.0.2.10\tGET\td1.cloudfront.net\t/a\t404\tcurl/8\t-\t0.250\n";
    let answers = |entry: &Entry<'_>| {
        (
            entry.host.map(text),
            entry.agent.map(text),
            entry.response_time,
            entry.remarks.iter().collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        read(log, answers).1,
        [
            (
                Some("www.example.org".into()),
                Some("Examplebot/2.1; +http://example.org".into()),
                Some(250_000),
                vec![]
            ),
            (
                Some("d1.cloudfront.net".into()),
                Some("curl/8".into()),
                Some(250_000),
                vec![Remark::ColumnsMissing]
            ),
        ]
    );
    // A column that is counted must be there.
    let mut parser = Parser::new(&Format::named("w3c").unwrap());
    let (directives, _) = log.split_once("\n2024").unwrap();
    directives
        .lines()
        .for_each(|line| assert_eq!(parser.parse(line.as_bytes()), Ok(Line::Nothing)));
    assert_eq!(
        parser.parse(b"2024-05-12\t08:00:01\tFRA1\t392\t192.0.2.10\tGET\td1\t/a\t404"),
        Err(Unparsed::Shape)
    );
}

#[test]
fn a_load_balancer_says_which_host_was_asked_for() {
    let alb = |request: &str, name: &str| {
        format!(
            "https 2024-05-12T08:00:00.186641Z app/lb/1 192.0.2.10:2817 10.0.0.1:80 0.086 0.048 0.037 400 - 0 57 \"{request}\" \"-\" - - arn:x \"Root=1\" \"{name}\" \"-\" 1 2024-05-12T08:00:00.1Z \"forward\" \"-\" \"-\" \"-\" \"-\" \"-\" \"-\""
        )
    };
    for (request, name, host, target) in [
        (
            "GET https://www.example.org:443/a?b HTTP/1.1",
            "sni.example.org",
            "sni.example.org",
            "https://www.example.org:443/a?b",
        ),
        (
            "GET https://www.example.org:443/a?b HTTP/1.1",
            "-",
            "www.example.org",
            "https://www.example.org:443/a?b",
        ),
        ("- http://lb.example.org:80- -", "-", "lb.example.org", ""),
    ] {
        with("aws-alb", &alb(request, name), |entry| {
            assert_eq!(
                (entry.host.map(text), text(entry.target)),
                (Some(host.into()), target.into()),
                "{request}"
            );
        });
    }
}

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
    for request in ["GET / HTTP/1.1", r#"GET /"a" HTTP/1.1"#] {
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
fn two_formats_in_one_file_are_named() {
    let common = COMBINED.split(" \"http").next().unwrap();
    let error = sniff(format!("{COMBINED}\n{common}\n").repeat(10).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("are combined and others common"), "{error}");
    // Not of two formats, but half of it of none.
    let error = sniff(format!("{COMBINED}\nx\n").repeat(10).as_bytes()).unwrap_err();
    assert!(error.to_string().contains("of no known format"), "{error}");
}

#[test]
fn what_is_to_be_unpacked_or_converted_first_is_refused_by_its_name() {
    let utf16: Vec<u8> = COMBINED.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".as_slice(), &utf16].concat();
    for (head, says) in [
        (b"BZh91AY&SY".as_slice(), ["bzip2", "unpack"]),
        (b"\xfd7zXZ\0\0\x04", ["xz", "unpack"]),
        (b"PK\x03\x04", ["zip", "unpack"]),
        (&utf16, ["UTF-16", "iconv"]),
        (&marked, ["UTF-16", "iconv"]),
    ] {
        let error = sniff(head).unwrap_err().to_string();
        assert!(says.iter().all(|text| error.contains(text)), "{error}");
    }
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
fn load_balancers_and_cloudfront_are_read() {
    let alb = r#"https 2018-07-02T22:23:00.186641Z app/my-lb/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-58337281" "www.example.com" "arn" 1 2018-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-""#;
    with("aws-alb", alb, |entry| {
        assert_eq!(
            (text(entry.client), entry.time, entry.status, entry.bytes),
            ("192.168.131.39".into(), 1_530_570_180, Some(200), 57)
        );
        assert_eq!(
            (entry.agent.map(text), entry.response_time),
            (Some("curl/7.46.0".into()), Some(48_000))
        );
    });
    let cloudfront = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query time-taken\n2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111111abcdef8.cloudfront.net\t/index.html\t200\t-\tMozilla/5.0%2520(Windows%2520NT)\ta=b\t0.001";
    with("w3c", cloudfront, |entry| {
        assert_eq!(
            (text(entry.target), entry.bytes, entry.time),
            ("/index.html?a=b".into(), 392, 1_575_493_351)
        );
        assert_eq!(
            (entry.agent.map(text), entry.response_time),
            (Some("Mozilla/5.0 (Windows NT)".into()), Some(1000))
        );
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
        ("combined", &format!("{COMBINED} 0.250")),
        ("vhost-combined", &format!("example.com {COMBINED}")),
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
