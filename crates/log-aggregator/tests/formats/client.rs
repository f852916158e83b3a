//! Who sent a request, and which host it asked for.

use log_aggregator::formats::{Format, Line, Parser, Proxies, Remark};

use crate::{COMBINED, read, remarks, text, with};

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
        ("example.com.", "example.com"),
        ("example.com.:443", "example.com"),
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

#[test]
fn a_client_is_one_row_however_its_address_is_spelled() {
    let spellings = [
        "2001:db8::5",
        "2001:DB8::5",
        "2001:db8:0:0:0:0:0:5",
        "2001:0db8::0005",
        "[2001:db8::5]:443",
    ];
    for client in spellings {
        let combined = format!(
            "{client} - - [12/May/2024:08:00:00 +0000] \"GET /p HTTP/1.1\" 200 100 \"-\" \"a\""
        );
        let common = combined.split(" \"-\"").next().unwrap().to_owned();
        let json = format!(
            r#"{{"remote_addr":"{client}","time":1707566400,"status":200,"bytes":1,"path":"/ä"}}"#
        );
        let w3c = format!(
            "#Fields: date time c-ip cs-uri-stem sc-status\n2024-02-10 12:00:00 {client} /a 200"
        );
        for (format, line) in [
            ("combined", combined.clone()),
            ("combined", combined.replace("\"a\"", "\"a \\\"b\"")),
            ("common", common),
            ("vhost-combined", format!("host:80 {combined}")),
            ("nginx-main", format!("10.0.0.1{} \"{client}\"", &combined[client.len()..])),
            ("json", json),
            ("w3c", w3c),
        ] {
            let found = with(format, &line, |entry| {
                assert!(entry.remarks.iter().all(|remark| remark == Remark::NoSize));
                text(entry.client)
            });
            assert_eq!(found, "2001:db8::5", "{format}: {line}");
        }
    }
    let line = "::ffff:192.0.2.1 - - [12/May/2024:08:00:00 +0000] \"-\" 200 1 \"-\" \"a\"";
    with("combined", line, |entry| assert_eq!(text(entry.client), "192.0.2.1"));
}

#[test]
fn the_client_is_whoever_the_trusted_proxies_say_asked_them_in_every_format() {
    let proxies = Proxies::trusted(["10.0.0.0/8", "198.51.100.7"]).unwrap();
    // The first address is what the client itself wrote into the header.
    let list = "203.0.113.66, 192.0.2.9, 10.0.0.2";
    let tail = "- - [12/May/2024:08:00:00 +0000] \"GET /p HTTP/1.1\" 200 1 \"-\" \"a\"";
    let json = |connected: &str| {
        format!(r#"{{"remote_addr":"{connected}","xff":"{list}","time":1707566400,"status":200}}"#)
    };
    let w3c = |connected: &str| {
        format!(
            "#Fields: date time c-ip cs-uri-stem sc-status cs(User-Agent) X-Forwarded-For\n\
             2024-02-10 12:00:00 {connected} /a 200 a \"{list}\""
        )
    };
    for (format, lines, expected) in [
        ("nginx-main", format!("198.51.100.7 {tail} \"{list}\""), "192.0.2.9"),
        // Nobody trusts whoever is connected here.
        ("nginx-main", format!("192.0.2.200 {tail} \"{list}\""), "192.0.2.200"),
        ("nginx-main", format!("172.16.0.1 {tail} \"{list}\""), "172.16.0.1"),
        ("combined", format!("{list} {tail}"), "192.0.2.9"),
        ("combined", format!("192.0.2.200 {tail}"), "192.0.2.200"),
        ("json", json("198.51.100.7"), "192.0.2.9"),
        ("json", json("192.0.2.200"), "192.0.2.200"),
        ("w3c", w3c("198.51.100.7"), "192.0.2.9"),
        ("w3c", w3c("192.0.2.200"), "192.0.2.200"),
    ] {
        let format = Format::named(format).unwrap();
        let mut parser = Parser::new(&format).believing(proxies.clone());
        let mut found = Vec::new();
        for line in lines.lines() {
            if let Ok(Line::Entry(entry)) = parser.parse(line.as_bytes()) {
                found.push(text(entry.client));
            }
        }
        assert_eq!(found, [expected], "{}: {lines}", format.name());
    }
}
