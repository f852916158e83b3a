//! The formats of nginx, ingress-nginx, Traefik and load balancers.

use log_aggregator::formats::{Entry, Format, Parser, Unparsed};

use crate::{COMBINED, read, text, with};

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
