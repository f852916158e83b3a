//! W3C logs, as IIS and CloudFront write them.

use log_aggregator::formats::{Entry, Format, Line, Parser, Remark, Unparsed};

use crate::{read, text};

pub(crate) const IIS: &str = "#Software: Microsoft Internet Information Services 10.0
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
    // The times of an unknown program are read by the standard, in seconds, where they have a point.
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
fn what_iis_writes_with_advanced_logging_is_read_by_the_clock_of_the_server() {
    let log = "#Software: IIS Advanced Logging Module\n   \n\
               #Fields:   date-local time-local   s-ip cs-method cs-uri-stem c-ip cs(User-Agent) \
               cs(Referrer) sc-status TimeTakenMS\n\
               2024-05-12 08:00:00.363 10.0.0.9 GET /a \"192.0.2.10\" \"Mozilla/5.0 (X11)\" \"\" \
               200 109\n";
    let answers = |entry: &Entry<'_>| {
        (text(entry.client), entry.time, entry.response_time, entry.remarks.has(Remark::NoZone))
    };
    let expected = ("192.0.2.10".to_owned(), 1_715_500_800, Some(109_000), true);
    assert_eq!(read(log, answers), ("w3c".to_owned(), vec![expected]));
}

#[test]
fn commands_to_an_ftp_or_mail_server_are_no_requests() {
    for (fields, line) in [
        ("time c-ip cs-method cs-uri-stem sc-status", "16:44:49 192.0.2.1 [2]sent /a.c 226"),
        (
            "date time c-ip cs-method cs-uri-stem sc-status x-session x-fullpath",
            "2024-05-12 08:00:00 192.0.2.1 RETR /a.c 226 7 /a.c",
        ),
        (
            "date time c-ip cs-method cs-uri-stem sc-status",
            "2024-05-12 08:00:00 192.0.2.1 EHLO - 250",
        ),
    ] {
        let log = format!("#Software: Microsoft\n#Date: 2024-05-12\n#Fields: {fields}\n{line}\n");
        let error = log_aggregator::formats::detect(log.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("FTP"), "{error}");
    }
    // Whoever asks a web server for such a thing has sent a request.
    let log = "#Fields: date time c-ip cs-method cs-uri-stem sc-status\n\
               2024-05-12 08:00:00 192.0.2.1 USER / 405\n";
    assert_eq!(read(log, |entry| entry.status).1, [Some(405)]);
}
