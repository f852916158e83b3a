//! Names of users with blanks, which servers write as they are.

use log_aggregator::formats::{Format, Parser, Unparsed, detect};
use proptest::prelude::*;

use crate::{COMBINED, config, read, text};

/// A line whose client and user are these.
fn line(begin: &str) -> String {
    COMBINED.replace("192.0.2.7 - frank", begin)
}

#[test]
fn a_log_whose_users_have_blanks_in_their_names_is_read_by_its_own_format() {
    let common = |line: String| line.split(" \"http").next().unwrap().to_owned();
    for user in [
        "John Smith",
        "John von Smith",
        "J [admin] S",
        " John ",
        "DOMAIN\\John Smith",
        " ",
        "John - Smith",
        "John - von - Smith [",
    ] {
        let begin = format!("192.0.2.7 - {user}");
        for (name, line) in [
            ("combined", line(&begin)),
            ("common", common(line(&begin))),
            ("combined", line(&begin) + " 17 \"x\""),
            ("nginx-main", line(&begin) + " \"-\""),
            ("nginx-timed", line(&begin) + " rt=0.250"),
            ("vhost-combined", format!("example.org:443 {}", line(&begin))),
            ("vhost-combined", format!("example.org {}", line(&begin))),
            ("vhost-combined", format!("192.0.2.80 {}", line(&begin))),
            ("vhost-common", format!("example.org {}", common(line(&begin)))),
            ("combined in logs --timestamps", format!("2024-05-12T08:00:00.1Z {}", line(&begin))),
            ("combined in syslog lines", format!("May 12 08:00:00 lb1 nginx: {}", line(&begin))),
        ] {
            // Alone, and among lines with other users.
            let with = |other: &str| line.replace(&format!("- {user} ["), other);
            for others in [vec![], vec![with("- - ["), with("- frank [")]] {
                let log = [vec![line.clone()], others].concat().join("\n") + "\n";
                let (found, entries) = read(&log, |entry| {
                    (text(entry.client), entry.time, text(entry.target), entry.status)
                });
                let expected = ("192.0.2.7".into(), 971_211_336, "/a.gif?x=1".into(), Some(200));
                assert_eq!(found, name, "{log}");
                assert!(entries.iter().all(|entry| *entry == expected), "{entries:?}: {log}");
            }
        }
    }
}

#[test]
fn what_stands_in_the_place_of_a_user_and_may_be_the_client_is_no_user() {
    for begin in [
        // $host - $remote_addr - $remote_user, and others of that kind.
        "example.org - 192.0.2.7 - frank",
        "10.0.0.9 - 192.0.2.7 - frank",
        "10.0.0.9 - 192.0.2.7 frank",
        "10.0.0.9 - frank 2001:db8::1",
        "192.0.2.7 - - frank",
        "192.0.2.7 - frank -",
        "example.org 192.0.2.7 - - -",
        "example.org - client.example - frank",
    ] {
        for name in ["combined", "vhost-combined"] {
            let mut parser = Parser::new(&Format::named(name).unwrap());
            let line = line(begin);
            let read = parser.parse(line.as_bytes());
            assert!(matches!(read, Err(Unparsed::Shape | Unparsed::Client)), "{read:?}: {begin}");
        }
        let error = detect(line(begin).as_bytes()).unwrap_err().to_string();
        assert!(error.contains("--format"), "{error}");
    }
}

#[test]
fn hosts_whose_clients_were_taken_out_are_hosts() {
    for begin in ["example.org - - -", "example.org:443 - - frank", "example.org - - John Smith"] {
        let (name, hosts) = read(&line(begin), |entry| entry.host.map(text));
        assert_eq!((name.as_str(), hosts), ("vhost-combined", vec![Some("example.org".into())]));
    }
    // Whoever says what stands where is believed.
    let described = Format::described("%v %h %l %u %t \"%r\" %>s %b").unwrap();
    let common = line("192.0.2.7 - John Smith").split(" \"http").next().unwrap().to_owned();
    assert!(Parser::new(&described).parse(common.as_bytes()).is_ok());
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn no_name_hides_the_request_or_forges_another(
        name in "[a-z\\[\\]:/. ]{0,12}( \\[12/May/2024:08:00:00 \\+0000\\])?[a-z\\[ ]{0,5}",
    ) {
        prop_assume!(!name.split(' ').any(|word| word.parse::<std::net::IpAddr>().is_ok()));
        let line = line(&format!("192.0.2.7 - {name}"));
        let mut parser = Parser::new(&Format::named("combined").unwrap());
        match parser.parse(line.as_bytes()) {
            Ok(log_aggregator::formats::Line::Entry(entry)) => {
                prop_assert_eq!((entry.time, entry.status), (971_211_336, Some(200)));
                prop_assert_eq!(entry.client, b"192.0.2.7");
            }
            other => prop_assert!(false, "{:?}: {}", other, line),
        }
    }
}
