//! Reading in one go and reading field by field, against each other.

use proptest::prelude::*;

use crate::formats::fields::spelling::respelled;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn what_is_read_in_one_go_is_what_is_read_field_by_field(
        client in "([0-9a-f.:]{0,9}|192.0.2.1:80|\\[::1\\]:8|a, b, c|\u{feff}a)",
        user in "(- -|- -|- -|- [a-z\"]{1,9}|a b|-)",
        time in "(01/May/2024:10:0[0-9]:00 \\+0000|02/May/2024:10:00:59 -0130|31/Apr/2024:10:00:00 \\+0000|01/May/2024:10:0[0-9]:00 \\+0000|x)",
        request in "(GET /[a-z?]{0,12} HTTP/1.1|POST /|[A-Za-z]{0,4} [ -~]{0,9}|-|)",
        status in "(200|404|301|500|000|-|2x0|1000)",
        bytes in "([0-9]{1,19}|[0-9]{1,5}|-|-1|)",
        referrer in "(-|http://[a-z]{0,9}/|[ -~]{0,6}|)",
        agent in "(-|[ -~]{0,30}|)",
        tail in "(\"|\" 0.01|\" 5 \\+|)",
        damaged in any::<prop::sample::Index>(),
        with in prop::option::of(any::<u8>()),
    ) {
        let mut line = format!(
            "{client} {user} [{time}] \"{request}\" {status} {bytes} \"{referrer}\" \
             \"{agent}{tail}",
        ).into_bytes();
        if let Some(byte) = with {
            let at = damaged.index(line.len());
            line[at] = byte;
        }
        const FORMATS: [&str; 4] = [
            "%h %l %u %t \"%r\" %>s %b",
            "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"",
            "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %D",
            "%v:%p %h %l %u %t \"%r\" %>s %b",
        ];
        for format in FORMATS {
            let layout = crate::formats::log_format::compile(format).unwrap();
            prop_assert!(layout.head.is_some(), "{}", format);
            let one_by_one = Layout { head: None, ..layout.clone() };
            let read = |layout: &Layout| {
                let mut entry = Entry::default();
                layout
                    .parse_plain(&line, &mut Reading::default(), &mut entry)
                    .map(|is_plain| is_plain.then_some(entry))
            };
            prop_assert_eq!(
                read(&layout),
                read(&one_by_one),
                "{}",
                String::from_utf8_lossy(&line),
            );
        }
    }

    #[test]
    fn a_line_among_others_is_read_as_it_is_by_itself(
        lines in prop::collection::vec(
            "([0-9a-f.]{0,9}|[0-9a-f]{0,3}::[0-9a-f.]{1,5}|x) (- -|[a-z]{1,3} -|[a-z]{1,9}) \\[01/May/2024:10:0[0-9]:00 \\+0000\\] \"(GET /[a-z]{0,30} HTTP/1\\.1|-)\" 200 ([0-9]{1,9}|-) \"(-|[a-z]{0,9})\" \"[a-z]{0,40}\"",
            1..4,
        ),
        end in prop::sample::select(vec!["\n", "\r\n"]),
        damaged in prop::collection::vec(
            (any::<prop::sample::Index>(), prop::sample::select(b"\n\r \"\\-".to_vec())),
            0..3,
        ),
    ) {
        let first = &lines[0];
        let client = first.split(' ').next().unwrap();
        let is_usual = damaged.is_empty()
            && first.contains(" - - [")
            && !client.is_empty()
            && respelled(client.as_bytes()).is_none();
        let mut lines = (lines.join(end) + end).into_bytes();
        for (at, byte) in damaged {
            let at = at.index(lines.len());
            lines[at] = byte;
        }
        let combined = "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"";
        let layout = crate::formats::log_format::compile(combined).unwrap();
        let mut entry = Entry::default();
        let length = layout.parse_next(&lines, &mut Reading::default(), &mut entry);
        prop_assert!(length.is_some() || !is_usual);
        if let Some(length) = length {
            let line = lines.split(|byte| *byte == b'\n').next().unwrap();
            prop_assert_eq!(length, line.len() + 1);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let mut alone = Entry::default();
            prop_assert_eq!(
                layout.parse_plain(line, &mut Reading::default(), &mut alone),
                Ok(true),
            );
            prop_assert_eq!(entry, alone);
        }
    }

}
