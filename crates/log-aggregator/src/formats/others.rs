//! Lines that have not the format of their file: the configuration was changed, two servers write
//! into one file, or somebody has put logs together.

use bumpalo::Bump;

use super::entry::Entry;
use super::format::Format;
use super::known;
use super::line::Line;
use super::parser::Parser;
use super::remark::Remark;
use super::unparsed::Unparsed;

/// The formats that are tried for a line that has not the format of its file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Others(Vec<Format>);

impl Others {
    /// None: a file is read by the format that was given for it.
    pub(crate) fn none() -> Others {
        Others::default()
    }

    /// All known ones whose lines stand alone, those that say more about a line first; JSON lines
    /// are read as `json` says.
    pub(crate) fn known(json: &Format) -> Others {
        let named = |name| {
            let format = Format::named(name)?;
            Some(if format.is_json() { json.clone() } else { format })
        };
        let formats = known::tried().into_iter().filter_map(named);
        Others(formats.filter(Format::lines_stand_alone).collect())
    }

    /// Those that are tried for the lines of a file of this format.
    pub(crate) fn beside(&self, file: &Format) -> OthersBeside<'_> {
        let own = file.shape().inside();
        let others = self.0.iter().filter(|format| format.shape() != own);
        let tried = others.map(|format| (format, own.rules_out(format.shape()))).collect();
        OthersBeside(tried)
    }
}

/// The formats that are tried for a line of one file, each with whether it only goes on where the
/// file's own format ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct OthersBeside<'o>(Vec<(&'o Format, bool)>);

impl<'o> OthersBeside<'o> {
    /// Reads a whole line of a file by the first format that it has, and gives the format's name
    /// and the request. `why` is what the file's own format says of the line.
    ///
    /// So that nothing is taken for what it is not, the line has to have the format to its end, but
    /// for what may follow combined, and to begin with an address where the client stands: a broken
    /// line of one format is nearly one of another.
    pub(crate) fn read<'a>(
        &self,
        parser: &mut Parser,
        line: &[u8],
        why: Unparsed,
        arena: &'a Bump,
    ) -> Option<(&'o str, Entry<'a>)> {
        let (line, remarks) = parser.inside(line)?;
        for (format, goes_on) in &self.0 {
            if *goes_on && why != Unparsed::Surplus {
                continue;
            }
            let Ok(Line::Entry(entry)) = parser.parse_as(format, &line) else { continue };
            let may_go_on = format.name().ends_with("combined");
            if is_address(entry.client) && (may_go_on || !entry.remarks.has(Remark::GoesOn)) {
                let mut entry = entry.copied_to(arena);
                entry.remarks.join(remarks);
                entry.remarks.add(Remark::OtherFormat);
                return Some((format.name(), entry));
            }
        }
        None
    }
}

fn is_address(client: &[u8]) -> bool {
    let text = std::str::from_utf8(client).unwrap_or_default();
    text.parse::<std::net::IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::JsonFields;

    const COMBINED: &str = "192.0.2.1 - - [12/May/2024:08:00:00 +0000] \"GET /a HTTP/1.1\" 200 778 \
                            \"-\" \"agent\"";

    /// The format by which a line is read in a file of `format`.
    fn read(format: &str, line: &str) -> Option<String> {
        let file = Format::named(format).unwrap();
        let mut parser = Parser::new(&file);
        let others = Others::known(&Format::json(JsonFields::default()));
        let arena = Bump::new();
        let why = parser.parse(line.as_bytes()).err()?;
        let (name, entry) = others.beside(&file).read(&mut parser, line.as_bytes(), why, &arena)?;
        assert_eq!((entry.client, entry.status), (b"192.0.2.1".as_slice(), Some(200)), "{line}");
        assert!(entry.remarks.has(Remark::OtherFormat));
        Some(name.to_owned())
    }

    #[test]
    fn a_line_is_read_by_the_format_that_it_has() {
        let common = COMBINED.split(" \"-\"").next().unwrap();
        let json = r#"{"remote_addr":"192.0.2.1","time":"2024-05-12T08:00:00Z","status":200}"#;
        for (line, format) in [
            (common.to_owned(), "common"),
            (COMBINED.to_owned(), "combined"),
            (format!("{COMBINED} \"10.0.0.1\""), "nginx-main"),
            (format!("{COMBINED} 17 \"something\""), "combined"),
            (format!("www.example.org:443 {COMBINED}"), "vhost-combined"),
            (json.to_owned(), "json"),
        ] {
            assert_eq!(read("haproxy", &line).as_deref(), Some(format), "{line}");
        }
    }

    #[test]
    fn a_line_that_is_broken_is_of_no_other_format() {
        let common = COMBINED.split(" \"-\"").next().unwrap();
        for line in [
            format!("{common} \"an agent with no end"),
            format!("{common} 17 and more"),
            COMBINED.replace("192.0.2.1", "-"),
            COMBINED.replace("192.0.2.1 -", "john - -"),
            COMBINED.replace("12/May", "12/Mai"),
            COMBINED.replace("200", "2000"),
            "GET /a HTTP/1.1".to_owned(),
            String::new(),
        ] {
            assert_eq!(read("haproxy", &line), None, "{line}");
        }
    }

    #[test]
    fn what_stands_around_the_lines_of_a_file_is_taken_off() {
        let format = Format::named("haproxy").unwrap();
        let wrapper = super::super::wrapper::Wrapper::ALL
            .into_iter()
            .find(|wrapper| wrapper.name().contains("CRI"))
            .unwrap();
        let file = format.within(wrapper);
        let mut parser = Parser::new(&file);
        let others = Others::known(&Format::json(JsonFields::default()));
        let others = others.beside(&file);
        let arena = Bump::new();
        let line = format!("2024-05-12T08:00:00.1Z stdout F {COMBINED}");
        let read = others.read(&mut parser, line.as_bytes(), Unparsed::Shape, &arena);
        assert_eq!(read.map(|(name, _)| name), Some("combined"));
        let bare = COMBINED.as_bytes();
        assert!(others.read(&mut parser, bare, Unparsed::Shape, &arena).is_none());
    }

    #[test]
    fn formats_that_only_go_on_are_not_tried_for_a_line_that_is_broken_before() {
        let others = Others::known(&Format::json(JsonFields::default()));
        let beside = others.beside(&Format::named("combined").unwrap());
        let going_on = beside.0.iter().filter(|(_, goes_on)| *goes_on);
        let names: Vec<&str> = going_on.map(|(format, _)| format.name()).collect();
        assert_eq!(names, ["ingress-nginx", "nginx-timed", "nginx-main"]);
        assert_eq!(beside.0.len() + 1, others.0.len(), "the file's own format is not tried again");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn leaving_formats_out_changes_nothing(
            file in prop::sample::select(known::tried()),
            line in prop::sample::select(vec![
                COMBINED,
                "www.example.org:443 192.0.2.1 - - [12/May/2024:08:00:00 +0000] \"GET /a\" 200 7",
                "192.0.2.1 - a [12/May/2024:08:00:00 +0000] \"GET /\\\"a HTTP/1.1\" 200 -",
                "192.0.2.1 - - [12/May/2024:08:00:00 +0000] \"GET / HTTP/1.1\" 200 7 \"-\" \"a\" \
                 rt=0.1 uct=\"-\" uht=\"-\" urt=\"0.1\"",
                "192.0.2.1 - - [12/May/2024:08:00:00 +0000] \"GET / HTTP/1.1\" 200 7 \"-\" \"a\" \
                 7 \"router\" \"http://10.0.0.1\" 22ms",
            ]),
            tail in prop::sample::select(vec!["", " \"10.0.0.1\"", " 0.1", " 12 \"x\\\"", " \"a"]),
            damaged in prop::collection::vec(
                (any::<prop::sample::Index>(), prop::sample::select(b"\" []-:0x\\".to_vec())),
                0..3,
            ),
        ) {
            let file = Format::named(file).unwrap();
            let mut line = format!("{line}{tail}").into_bytes();
            for (at, byte) in damaged {
                let at = at.index(line.len());
                line[at] = byte;
            }
            let mut parser = Parser::new(&file);
            if let Err(why) = parser.parse(&line) {
                let others = Others::known(&Format::json(JsonFields::default()));
                let arena = Bump::new();
                let all = OthersBeside(others.0.iter().map(|format| (format, false)).collect());
                prop_assert_eq!(
                    others.beside(&file).read(&mut parser, &line, why, &arena),
                    all.read(&mut parser, &line, why, &arena),
                    "{}",
                    String::from_utf8_lossy(&line),
                );
            }
        }
    }
}
