//! A slow and obvious reader of access logs, which shares nothing with their writer.

use sample_data::access_logs::Format;
use serde_json::Value;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// `2024-02-29`.
    pub(crate) day: String,
    pub(crate) hour: usize,
    pub(crate) client: String,
    /// Method, and path without its query; none where the request is not one.
    pub(crate) request: Option<(String, String)>,
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    /// Escapes undone; empty for none.
    pub(crate) agent: String,
}

/// Reads a line without its line feed; `None` for what is none of this format.
pub(crate) fn read(format: Format, line: &[u8]) -> Option<Line> {
    let text = String::from_utf8_lossy(line);
    match format {
        Format::Common => text_line(&text, 0, false),
        Format::Combined => text_line(&text, 0, true),
        Format::VhostCombined => text_line(&text, 1, true),
        Format::CombinedTime => text_line(&text, 0, true),
        Format::NginxJson => nginx(&serde_json::from_str(&text).ok()?),
        Format::CaddyJson => caddy(&serde_json::from_str(&text).ok()?),
        Format::TraefikJson => traefik(&serde_json::from_str(&text).ok()?),
        Format::Alb => alb(&text),
        Format::Cloudfront => cloudfront(&text),
    }
}

/// Words between spaces; what stands in quotes or brackets is one, backslash escapes undone.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut closing, mut chars) =
        (Vec::new(), String::new(), None, text.chars());
    while let Some(char) = chars.next() {
        match (char, closing) {
            ('\\', Some('"')) => match chars.next() {
                Some(escaped @ ('"' | '\\')) => word.push(escaped),
                Some(other) => word.extend(['\\', other]),
                None => {}
            },
            ('"', None) if word.is_empty() => closing = Some('"'),
            ('[', None) if word.is_empty() => closing = Some(']'),
            (char, Some(end)) if char == end => closing = None,
            (' ', None) => words.push(std::mem::take(&mut word)),
            (char, _) => word.push(char),
        }
    }
    words.push(word);
    words
}

fn request(line: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = line.split(' ').collect();
    let [method, uri, protocol] = parts[..] else { return None };
    protocol.starts_with("HTTP/").then(|| (method.to_owned(), without_query(uri)))
}

fn without_query(uri: &str) -> String {
    uri.split('?').next().unwrap().to_owned()
}

fn or_nothing(text: &str) -> String {
    if text == "-" { String::new() } else { text.to_owned() }
}

/// Day and hour of `29/Feb/2024:13:55:36 +0000`.
fn clf_time(text: &str) -> Option<(String, usize)> {
    let months =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let time = text.strip_suffix(" +0000")?;
    let parts: Vec<&str> = time.split(['/', ':']).collect();
    let [day, month, year, hour, _, _] = parts[..] else { return None };
    let month = months.iter().position(|name| *name == month)? + 1;
    Some((format!("{year}-{month:02}-{day}"), hour.parse().ok()?))
}

/// Day and hour of `2024-02-29T13:55:36...`.
fn iso_time(text: &str) -> Option<(String, usize)> {
    let (day, time) = text.split_once('T')?;
    Some((day.to_owned(), time.get(..2)?.parse().ok()?))
}

/// Day and hour so many seconds after 1970, counted year by year and month by month.
fn unix_time(seconds: u64) -> (String, usize) {
    let (mut days, mut year, mut month) = (seconds / 86_400, 1970, 1);
    loop {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if days < length {
            return (format!("{year}-{month:02}-{:02}", days + 1), (seconds / 3600 % 24) as usize);
        }
        days -= length;
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
}

fn text_line(text: &str, first: usize, has_agent: bool) -> Option<Line> {
    let words = words(text);
    let word = |place: usize| words.get(first + place).map(String::as_str);
    let (day, hour) = clf_time(word(3)?)?;
    Some(Line {
        day,
        hour,
        client: word(0)?.to_owned(),
        request: request(word(4)?),
        status: word(5)?.parse().ok()?,
        bytes: word(6)?.replace('-', "0").parse().ok()?,
        agent: if has_agent { or_nothing(word(8)?) } else { String::new() },
    })
}

fn text_of(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn nginx(line: &Value) -> Option<Line> {
    let (day, hour) = iso_time(line["time_iso8601"].as_str()?)?;
    Some(Line {
        day,
        hour,
        client: line["remote_addr"].as_str()?.to_owned(),
        request: request(line["request"].as_str()?),
        status: line["status"].as_u64()? as u16,
        bytes: line["body_bytes_sent"].as_u64()?,
        agent: text_of(line, "/http_user_agent"),
    })
}

fn caddy(line: &Value) -> Option<Line> {
    let (day, hour) = unix_time(line["ts"].as_f64()? as u64);
    let asked = &line["request"];
    Some(Line {
        day,
        hour,
        client: asked["client_ip"].as_str()?.to_owned(),
        request: Some((
            asked["method"].as_str()?.to_owned(),
            without_query(asked["uri"].as_str()?),
        )),
        status: line["status"].as_u64()? as u16,
        bytes: line["size"].as_u64()?,
        agent: text_of(asked, "/headers/User-Agent/0"),
    })
}

fn traefik(line: &Value) -> Option<Line> {
    let (day, hour) = iso_time(line["StartUTC"].as_str()?)?;
    let address = line["ClientAddr"].as_str()?.rsplit_once(':')?.0.replace(['[', ']'], "");
    assert_eq!(address, line["ClientHost"], "the address is the same twice");
    Some(Line {
        day,
        hour,
        client: address,
        request: Some((
            line["RequestMethod"].as_str()?.to_owned(),
            without_query(line["RequestPath"].as_str()?),
        )),
        status: line["DownstreamStatus"].as_u64()? as u16,
        bytes: line["DownstreamContentSize"].as_u64()?,
        agent: text_of(line, "/request_User-Agent"),
    })
}

fn alb(text: &str) -> Option<Line> {
    let words = words(text);
    let word = |place: usize| words.get(place).map(String::as_str);
    let (day, hour) = iso_time(word(1)?)?;
    let without_host = word(12)?.replacen("https://www.example.com:443", "", 1);
    assert_eq!(words.len(), 30, "as many fields as the documentation has: {text}");
    Some(Line {
        day,
        hour,
        client: word(3)?.rsplit_once(':')?.0.to_owned(),
        request: request(&without_host),
        status: word(8)?.parse().ok()?,
        bytes: word(11)?.parse().ok()?,
        agent: or_nothing(word(13)?).replace("\\x22", "\"").replace("\\x5C", "\\"),
    })
}

fn cloudfront(text: &str) -> Option<Line> {
    let fields: Vec<&str> = text.split('\t').collect();
    if fields.len() != 33 {
        return None;
    }
    let agent = or_nothing(fields[10]);
    Some(Line {
        day: fields[0].to_owned(),
        hour: fields[1][..2].parse().ok()?,
        client: fields[4].to_owned(),
        request: Some((fields[5].to_owned(), fields[7].to_owned())),
        status: fields[8].parse().ok()?,
        bytes: fields[3].parse().ok()?,
        agent: percent_decoded(&agent),
    })
}

fn percent_decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap());
                rest = tail;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}
