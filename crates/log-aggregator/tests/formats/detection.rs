//! Which format a log has, found by looking.

use log_aggregator::formats::detect;

use crate::COMBINED;

#[test]
fn a_file_of_two_formats_has_the_more_frequent_one() {
    let common = COMBINED.split(" \"http").next().unwrap();
    let half = format!("{COMBINED}\n{common}\n").repeat(10);
    assert_eq!(detect(half.as_bytes()).unwrap().unwrap().name(), "combined");
    let most = half + &format!("{common}\nx\n{common}\n");
    assert_eq!(detect(most.as_bytes()).unwrap().unwrap().name(), "common");
    // Not of two formats, but half of it of none.
    let error = detect(format!("{COMBINED}\nx\n").repeat(10).as_bytes()).unwrap_err();
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
        let error = detect(head).unwrap_err().to_string();
        assert!(says.iter().all(|text| error.contains(text)), "{error}");
    }
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
        assert_eq!(detect(head.as_bytes()).unwrap().unwrap().name(), name, "{line}");
    }
    assert_eq!(detect(b"\n\n"), Ok(None));
    let error = detect(b"nothing\nthat\nis known\n").unwrap_err().to_string();
    assert!(error.contains("\"nothing\"") && error.contains("--format"), "{error}");
}
