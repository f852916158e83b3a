//! Format strings: Apache's `LogFormat` and nginx' `log_format`.

use super::directive;
use super::fields::{Field, Time, TimeUnit};
use super::format_error::FormatError;
use super::goaccess;
use super::layout::{Element, Layout};

/// Compiles a format string. Both kinds are taken, told by their first directive, and both as they
/// stand in a configuration file.
///
/// Sources: <https://httpd.apache.org/docs/2.4/mod/mod_log_config.html>,
/// <https://nginx.org/en/docs/http/ngx_http_log_module.html>.
pub(super) fn compile(format: &str) -> Result<Layout, FormatError> {
    let format = &directive::format_of(format)?;
    if !format.contains(['%', '$']) {
        return Err(FormatError::NoDirective);
    }
    let is_goaccess = goaccess::is_one(format);
    let mut elements = if is_goaccess {
        goaccess::elements(format)?
    } else if format.contains('%') {
        elements(format)?
    } else {
        nginx(format)
    };
    // The size with headers counts only where the format has no better one.
    let has_bytes = elements.contains(&Element::Field(Field::Bytes));
    for element in elements.iter_mut().filter(|element| **element == Element::Field(Field::Sent)) {
        *element = Element::Field(if has_bytes { Field::Skip } else { Field::Bytes });
    }
    // The connected address, or the one that a proxy names, is the client only where the format has
    // no better one.
    let is_client =
        |element: &Element| matches!(element, Element::Field(Field::Client | Field::ClientPort));
    if !elements.iter().any(is_client)
        && let Some(other) = [Field::Forwarded, Field::Peer]
            .into_iter()
            .find_map(|field| elements.iter().position(|element| *element == Element::Field(field)))
    {
        elements[other] = Element::Field(Field::Client);
    }
    let layout = Layout::new(elements).ok_or(FormatError::SideBySide)?;
    let lacks = |what, has: fn(Field) -> bool| match layout.fields().any(has) {
        true => Ok(()),
        false => Err(FormatError::Lacks(what)),
    };
    lacks("time", |field| matches!(field, Field::Time(_)))?;
    lacks("client", |field| matches!(field, Field::Client | Field::ClientPort))?;
    lacks("request", |field| matches!(field, Field::Request | Field::Path))?;
    // GoAccess ignores what stands behind the last field.
    Ok(if is_goaccess { layout.going_on() } else { layout })
}

fn text(text: &str) -> Element {
    Element::Text(text.as_bytes().to_vec())
}

/// The elements of an Apache `LogFormat`.
pub(super) fn elements(format: &str) -> Result<Vec<Element>, FormatError> {
    let mut elements = Vec::new();
    let mut rest = format;
    while let Some(percent) = rest.find('%') {
        // In a configuration file the quotes are escaped, and people paste them like that.
        elements.push(text(&rest[..percent].replace("\\\"", "\"").replace("\\t", "\t")));
        let begun = format.len() - rest.len() + percent;
        let directive = &rest[percent + 1..];
        let (length, found) = one(directive).ok_or_else(|| FormatError::Directive {
            directive: format!("%{}", directive.chars().take(12).collect::<String>()),
            at: format[..begun].chars().count() + 1,
        })?;
        let whole = &rest[percent..percent + 1 + length];
        match found {
            Directive::Percent => elements.push(text("%")),
            Directive::Field(field) => elements.push(Element::Field(field)),
            Directive::Time => {
                elements.extend([text("["), Element::Field(Field::Time(Time::Common)), text("]")])
            }
            Directive::FormattedTime(argument) => match formatted(argument) {
                Some(time) => elements.push(Element::Field(Field::Time(time))),
                None => return Err(FormatError::Time { directive: whole.to_owned() }),
            },
        }
        rest = &directive[length..];
    }
    elements.push(text(&rest.replace("\\\"", "\"").replace("\\t", "\t")));
    Ok(elements)
}

enum Directive<'a> {
    Percent,
    Time,
    FormattedTime(&'a str),
    Field(Field),
}

/// The directive that `text` begins with, behind its percent sign, and its length.
fn one(text: &str) -> Option<(usize, Directive<'_>)> {
    let mut rest = text;
    // Conditions on the status (`!200,304`) and the choice of a request (`<`, `>`) do not change
    // what a value looks like.
    rest =
        rest.trim_start_matches(|c: char| matches!(c, '!' | ',' | '<' | '>') || c.is_ascii_digit());
    let argument = match rest.strip_prefix('{') {
        Some(behind) => {
            let end = behind.find('}')?;
            rest = &behind[end + 1..];
            Some(&behind[..end])
        }
        None => None,
    };
    let name = rest.chars().next()?;
    rest = &rest[name.len_utf8()..];
    if name == '^' && argument.is_some() {
        // Trailers: %{NAME}^ti, %{NAME}^to.
        rest = rest.strip_prefix("ti").or_else(|| rest.strip_prefix("to"))?;
        return Some((text.len() - rest.len(), Directive::Field(Field::Skip)));
    }
    let header =
        |known: &str| argument.is_some_and(|argument| argument.eq_ignore_ascii_case(known));
    let field = match name {
        '%' => return Some((text.len() - rest.len(), Directive::Percent)),
        't' => {
            let found = argument.map_or(Directive::Time, Directive::FormattedTime);
            return Some((text.len() - rest.len(), found));
        }
        'h' | 'a' if argument.is_none() => Field::Client,
        'a' => Field::Peer,
        'v' | 'V' => Field::Host,
        'r' => Field::Request,
        'm' => Field::Method,
        'U' => Field::Path,
        'H' => Field::Protocol,
        's' => Field::Status,
        'b' | 'B' => Field::Bytes,
        'O' => Field::Sent,
        'D' => Field::Took(TimeUnit::Micros),
        'T' => Field::Took(match argument {
            None | Some("s") => TimeUnit::Seconds,
            Some("ms") => TimeUnit::Millis,
            Some("us") => TimeUnit::Micros,
            Some(_) => return None,
        }),
        'i' if header("Referer") => Field::Referrer,
        'i' if header("User-Agent") => Field::Agent,
        'i' if header("Host") => Field::Host,
        'i' if FORWARDED.into_iter().any(header) => Field::Forwarded,
        'i' | 'o' | 'C' | 'e' | 'n' | 'x' if argument.is_some() => Field::Skip,
        'l' | 'u' | 'q' | 'p' | 'P' | 'f' | 'A' | 'k' | 'L' | 'R' | 'X' | 'I' | 'S' => Field::Skip,
        _ => return None,
    };
    Some((text.len() - rest.len(), Directive::Field(field)))
}

/// Headers by which a proxy names its client.
const FORWARDED: [&str; 5] =
    ["Forwarded", "X-Forwarded-For", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP"];

/// The time formats that can be read, of the many that strftime writes.
fn formatted(argument: &str) -> Option<Time> {
    let argument = argument
        .strip_prefix("begin:")
        .or_else(|| argument.strip_prefix("end:"))
        .unwrap_or(argument);
    Some(match argument {
        "sec" => Time::Seconds,
        "msec" => Time::Millis,
        "usec" => Time::Micros,
        "%d/%b/%Y:%H:%M:%S %z" | "%d/%b/%Y:%T %z" => Time::Common,
        "%Y-%m-%dT%H:%M:%S%z"
        | "%FT%T%z"
        | "%Y-%m-%dT%T%z"
        | "%FT%TZ"
        | "%Y-%m-%d %H:%M:%S"
        | "%F %T" => Time::Iso,
        _ => return None,
    })
}

fn nginx(format: &str) -> Vec<Element> {
    let mut elements = Vec::new();
    let mut rest = format;
    while let Some(dollar) = rest.find('$') {
        elements.push(text(&rest[..dollar]));
        let behind = &rest[dollar + 1..];
        let (name, left) = match behind.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some(braced) => braced,
            None => behind.split_at(
                behind
                    .find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
                    .unwrap_or(behind.len()),
            ),
        };
        elements.push(Element::Field(variable(name)));
        rest = left;
    }
    elements.push(text(rest));
    elements
}

fn variable(name: &str) -> Field {
    match name {
        "remote_addr" => Field::Client,
        "time_local" => Field::Time(Time::Common),
        "time_iso8601" => Field::Time(Time::Iso),
        "msec" => Field::Time(Time::Seconds),
        "request" => Field::Request,
        "request_method" => Field::Method,
        "request_uri" | "uri" => Field::Path,
        "server_protocol" => Field::Protocol,
        "status" => Field::Status,
        "body_bytes_sent" => Field::Bytes,
        "bytes_sent" => Field::Sent,
        "http_referer" => Field::Referrer,
        "http_user_agent" => Field::Agent,
        "host" | "http_host" | "server_name" => Field::Host,
        "request_time" => Field::Took(TimeUnit::Seconds),
        "upstream_response_time" => Field::Upstream(TimeUnit::Seconds),
        "http_x_forwarded_for"
        | "http_forwarded"
        | "proxy_add_x_forwarded_for"
        | "http_x_real_ip"
        | "http_cf_connecting_ip"
        | "http_true_client_ip" => Field::Forwarded,
        "realip_remote_addr" => Field::Peer,
        // These have a value for each upstream that was tried.
        "upstream_addr"
        | "upstream_status"
        | "upstream_response_length"
        | "upstream_connect_time"
        | "upstream_header_time"
        | "upstream_bytes_received"
        | "upstream_bytes_sent" => Field::SkipList,
        _ => Field::Skip,
    }
}

#[cfg(test)]
mod tests {
    use crate::formats::scratch::Scratch;

    use super::*;

    const LINE: &str = r#"example.com:443 192.0.2.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a?b=\"c\" HTTP/1.1" 200 2326 "-" "Mozilla \"x\"" 1500"#;

    #[test]
    fn a_log_format_reads_what_it_writes() {
        let format = r#"%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %D"#;
        let layout = compile(format).unwrap();
        let mut scratch = Scratch::default();
        let entry = layout.parse_escaped(LINE.as_bytes(), &mut scratch).unwrap();
        assert_eq!(entry.host, Some(b"example.com".as_slice()));
        assert_eq!(entry.client, b"192.0.2.7");
        assert_eq!(entry.time, 971_211_336);
        assert_eq!(entry.target, br#"/a?b="c""#);
        assert_eq!((entry.status, entry.referrer), (Some(200), None));
        assert_eq!(entry.agent, Some(br#"Mozilla "x""#.as_slice()));
        assert_eq!(entry.response_time, Some(1500));
    }

    #[test]
    fn an_nginx_format_is_taken_as_well() {
        let layout = compile(
            r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent rt=$request_time urt="${upstream_response_time}""#,
        )
        .unwrap();
        let line =
            br#"2001:db8::1 - - [10/Oct/2000:13:55:36 +0000] "GET / HTTP/2.0" 499 0 rt=0.250 urt="0.100, 0.050""#;
        let mut scratch = Scratch::default();
        let entry = layout.parse_escaped(line, &mut scratch).unwrap();
        assert_eq!(entry.client, b"2001:db8::1");
        assert_eq!((entry.response_time, entry.upstream_time), (Some(250_000), Some(150_000)));
    }

    #[test]
    fn every_directive_of_mod_log_config_is_known() {
        let all = "%% %a %{c}a %A %b %{SESSION}C %{VAR}e %f %h %H %{Accept}i %k %l %L %m %{note}n \
                   %{X}o %p %{remote}p %P %{tid}P %q %r %R %s %>s %<s %{sec}t %T %{ms}T %u %U %v \
                   %V %X %I %O %S %{T}^ti %{T}^to %400,501{User-agent}i %!200,304{Referer}i %B %D";
        assert!(compile(all).is_ok(), "{:?}", compile(all));
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_name() {
        let error = |format: &str| compile(format).unwrap_err().to_string();
        assert!(error("%h %t %r %Z").contains("%Z at character 10"), "{}", error("%h %t %r %Z"));
        assert!(error("%h %{%c}t %r").contains("%{%c}t"));
        assert_eq!(compile("%h%u %t %r"), Err(FormatError::SideBySide));
        assert_eq!(compile("%h %t %s"), Err(FormatError::Lacks("request")));
        assert_eq!(compile("%t %r"), Err(FormatError::Lacks("client")));
    }
}
