//! Combined lines, whole and broken.

use log_aggregator::formats::{Format, Line, MAX_LINE_BYTES, Parser, Remark, Unparsed};

use crate::{COMBINED, read, text, with};

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
