//! What the lines of a log look like, and the parser of each format.

mod apache;
mod client;
mod clock;
mod combined;
mod directive;
mod escape;
mod field;
mod json;
mod layout;
mod sniff;
mod w3c;
mod wrapper;

pub use apache::FormatError;
pub(crate) use clock::days;
pub use field::Unparsed;
pub use json::JsonFields;
pub use sniff::{SniffError, sniff, sniff_with};
pub(crate) use sniff::{fitted, foreign};

use crate::entry::Entry;
use crate::remark::{Remark, Remarks};

use layout::{Layout, Scratch};
use w3c::Columns;
use wrapper::{Inside, Unwrapper, Wrapper};

/// Bytes of the longest line that is read, without its end. Longer ones are counted as unparsed:
/// servers cut requests far earlier, so that they come from something else.
pub const MAX_LINE_BYTES: usize = 1 << 20;

/// The formats that have a name, with what they look like as an Apache `LogFormat` or in words.
pub const NAMED: [(&str, &str); 12] = [
    ("common", COMMON),
    ("combined", COMBINED),
    ("vhost-common", VHOST_COMMON),
    ("vhost-combined", VHOST_COMBINED),
    (
        "combined-time",
        "combined, then $request_time and perhaps $upstream_response_time: seconds with a point, \
         as nginx writes them. Apache's %D is read by its LogFormat",
    ),
    ("nginx-main", "combined, then \"$http_x_forwarded_for\": nginx' own format of its package"),
    (
        "ingress-nginx",
        "the log format of ingress-nginx, with the times of the request and of its upstreams",
    ),
    (
        "traefik-clf",
        "combined, then a number, \"router\" and \"server\", and the duration with its ms: \
         Traefik's own format",
    ),
    ("nginx-timed", "combined, then rt=$request_time ... urt=\"$upstream_response_time\""),
    ("json", "a JSON object a line: nginx, Caddy, Traefik and others by their usual names"),
    ("aws-alb", "AWS Application Load Balancer"),
    ("w3c", "W3C extended log, such as AWS CloudFront: the columns are those of its #Fields line"),
];

/// What vhost-combined is without the port.
const HOST_COMBINED: &str = "%v %h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"";
const COMMON: &str = "%h %l %u %t \"%r\" %>s %b";
const COMBINED: &str = "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"";
const VHOST_COMMON: &str = "%v %h %l %u %t \"%r\" %>s %b";
const VHOST_COMBINED: &str = "%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\"";

/// What the lines of a log look like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    name: String,
    shape: Shape,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// Fields with text between them; several where lines of the same log differ in their last
    /// fields.
    Layouts(Vec<Layout>),
    Json(Box<JsonFields>),
    W3c,
    /// Lines of another shape with something around each of them.
    Wrapped(Wrapper, Box<Shape>),
}

impl Format {
    /// The format of this name (see [`NAMED`]); `None` where there is none.
    pub fn named(name: &str) -> Option<Format> {
        use field::{Field, Time, Unit};
        use layout::Part;
        let apache = |formats: &[&str]| Shape::Layouts(layouts(formats).collect());
        let ended = |fields: &[(&str, Field)], end: &str| {
            let known = apache_parts(COMBINED);
            let more = fields.iter().flat_map(|(text, field)| {
                [Part::Text(text.as_bytes().to_vec()), Part::Field(*field)]
            });
            Layout::new(known.into_iter().chain(more).chain([Part::Text(end.as_bytes().to_vec())]))
        };
        let timed = |fields: &[(&str, Field)]| ended(fields, "");
        let shape = match name {
            "common" => apache(&[COMMON]),
            "combined" => Shape::Layouts(layouts(&[COMBINED]).map(Layout::going_on).collect()),
            "vhost-common" => apache(&[VHOST_COMMON]),
            "vhost-combined" => Shape::Layouts(
                layouts(&[VHOST_COMBINED, HOST_COMBINED]).map(Layout::going_on).collect(),
            ),
            "combined-time" => {
                let (took, upstream) =
                    (Field::Took(Unit::PointSeconds), Field::Upstream(Unit::PointSeconds));
                Shape::Layouts(
                    [timed(&[(" ", took), (" ", upstream)]), timed(&[(" ", took)])]
                        .into_iter()
                        .flatten()
                        .collect(),
                )
            }
            "nginx-main" => {
                let forwarded = ended(&[(" \"", Field::ForwardedOnly)], "\"");
                Shape::Layouts(forwarded.into_iter().collect())
            }
            // https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/
            "ingress-nginx" => {
                let fields = [
                    (" ", Field::Skip),
                    (" ", Field::Took(Unit::PointSeconds)),
                    (" [", Field::Skip),
                    ("] [", Field::Skip),
                    ("] ", Field::SkipList),
                    (" ", Field::SkipList),
                    (" ", Field::Upstream(Unit::PointSeconds)),
                    (" ", Field::SkipList),
                    (" ", Field::Skip),
                ];
                Shape::Layouts(timed(&fields).into_iter().collect())
            }
            // https://doc.traefik.io/traefik/observability/access-logs/
            "traefik-clf" => {
                let fields = [
                    (" ", Field::Skip),
                    (" \"", Field::Skip),
                    ("\" \"", Field::Skip),
                    ("\" ", Field::Took(Unit::Millis)),
                ];
                Shape::Layouts(ended(&fields, "ms").into_iter().collect())
            }
            "nginx-timed" => {
                let (took, upstream) = (Field::Took(Unit::Seconds), Field::Upstream(Unit::Seconds));
                let quoted = [
                    (" rt=", took),
                    (" uct=\"", Field::Skip),
                    ("\" uht=\"", Field::Skip),
                    ("\" urt=\"", upstream),
                    ("\"", Field::Skip),
                ];
                let shapes = [
                    timed(&quoted),
                    timed(&[
                        (" rt=", took),
                        (" uct=", Field::SkipList),
                        (" uht=", Field::SkipList),
                        (" urt=", upstream),
                    ]),
                    timed(&[(" rt=", took), (" urt=", upstream)]),
                    timed(&[(" rt=", took), (" ", Field::Skip)]),
                    timed(&[(" rt=", took)]),
                ];
                Shape::Layouts(shapes.into_iter().flatten().collect())
            }
            "json" => Shape::Json(Box::default()),
            "w3c" => Shape::W3c,
            // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
            "aws-alb" => {
                let skip = Field::Skip;
                // The name of the server came with a later version of the format.
                let named = [
                    ("\" ", skip),
                    (" ", skip),
                    (" ", skip),
                    (" \"", skip),
                    ("\" \"", Field::ServerName),
                    ("\"", skip),
                ];
                let request = [
                    ("", skip),
                    (" ", Field::Time(Time::Iso)),
                    (" ", skip),
                    (" ", Field::ClientPort),
                    (" ", skip),
                    (" ", skip),
                    (" ", Field::Took(Unit::Seconds)),
                    (" ", skip),
                    (" ", Field::Status),
                    (" ", skip),
                    (" ", skip),
                    (" ", Field::Bytes),
                    (" \"", Field::RequestOfUrl),
                    ("\" \"", Field::Agent),
                ];
                let layout = |behind: &[(&str, Field)]| {
                    let parts = request.iter().chain(behind);
                    Layout::new(parts.flat_map(|(text, field)| {
                        [Part::Text(text.as_bytes().to_vec()), Part::Field(*field)]
                    }))
                };
                Shape::Layouts(
                    [layout(&named), layout(&named[..1])].into_iter().flatten().collect(),
                )
            }
            _ => return None,
        };
        Some(Format { name: name.to_owned(), shape })
    }

    /// The format that an Apache `LogFormat` or an nginx `log_format` string describes.
    ///
    /// # Errors
    ///
    /// Where the string has a directive that is unknown or cannot be read back, or lacks the
    /// client, the time or the request.
    pub fn described(format: &str) -> Result<Format, FormatError> {
        Ok(Format {
            name: format.to_owned(),
            shape: Shape::Layouts(vec![apache::compile(format)?]),
        })
    }

    /// JSON lines with fields of these names.
    pub fn json(fields: JsonFields) -> Format {
        Format { name: "json".to_owned(), shape: Shape::Json(Box::new(fields)) }
    }

    /// The same with something around each line.
    fn within(self, wrapper: Wrapper) -> Format {
        let name = format!("{} in {}", self.name, wrapper.name());
        Format { name, shape: Shape::Wrapped(wrapper, Box::new(self.shape)) }
    }

    /// Whether a line says all by itself: what the lines of a W3C log mean stands in a line before
    /// them, and lines of a wrapper may be pieces of one.
    pub fn lines_stand_alone(&self) -> bool {
        match &self.shape {
            Shape::Wrapped(wrapper, inside) => **inside != Shape::W3c && !wrapper.has_pieces(),
            shape => *shape != Shape::W3c,
        }
    }

    /// Its name, or the string that describes it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn layouts(formats: &[&str]) -> impl Iterator<Item = Layout> {
    formats.iter().filter_map(|format| apache::compile(format).ok())
}

fn apache_parts(format: &str) -> Vec<layout::Part> {
    apache::parts(format).unwrap_or_default()
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A request.
    Entry(Entry<'a>),
    /// Nothing to count: a blank line, or a directive of a W3C log.
    Nothing,
}

/// What reading a line in place came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InPlace {
    /// A request.
    Entry,
    /// As [`Line::Nothing`].
    Nothing,
    /// Some of its values do not stand in the line as they are: [`Parser::parse_apart`] reads it.
    Apart,
}

/// Reads the lines of one log, in order. It has caches and, for a W3C log, the columns that its
/// last `#Fields` line named.
#[derive(Clone, Debug)]
pub struct Parser {
    shape: Shape,
    scratch: Scratch,
    columns: Columns,
    unwrapper: Unwrapper,
}

impl Parser {
    /// A parser at the beginning of a log.
    pub fn new(format: &Format) -> Parser {
        Parser {
            shape: format.shape.clone(),
            scratch: Scratch::default(),
            columns: Columns::default(),
            unwrapper: Unwrapper::default(),
        }
    }

    /// Reads one line, without its line feed; a carriage return at its end is passed over.
    ///
    /// # Errors
    ///
    /// Where the line is not of the format, with what is wrong.
    pub fn parse<'a>(&'a mut self, line: &'a [u8]) -> Result<Line<'a>, Unparsed> {
        let mut entry = Entry::default();
        match self.parse_in_place(line, &mut entry)? {
            InPlace::Entry => Ok(Line::Entry(entry)),
            InPlace::Nothing => Ok(Line::Nothing),
            InPlace::Apart => self.parse_apart(line),
        }
    }

    /// Reads the line that `lines` begin with as [`Parser::parse_in_place`] does, and gives its
    /// length with its line feed, where both can be done in one go: most lines of most logs.
    /// Where they cannot, `None`.
    #[inline]
    pub(crate) fn parse_next<'a>(
        &mut self,
        lines: &'a [u8],
        entry: &mut Entry<'a>,
    ) -> Option<usize> {
        match &self.shape {
            Shape::Layouts(layouts) => {
                let length = layouts.first()?.parse_next(lines, &mut self.scratch.clock, entry)?;
                (length <= MAX_LINE_BYTES).then_some(length)
            }
            Shape::Json(_) | Shape::W3c | Shape::Wrapped(..) => None,
        }
    }

    /// Reads one line as [`Parser::parse`] does, if every value stands in it as it is. What `entry`
    /// has then lives as long as the line; it is not to be looked at otherwise.
    #[inline]
    pub(crate) fn parse_in_place<'a>(
        &mut self,
        line: &'a [u8],
        entry: &mut Entry<'a>,
    ) -> Result<InPlace, Unparsed> {
        let (line, remarks) = text_of(line);
        if line.is_empty() {
            return Ok(InPlace::Nothing);
        }
        if line.len() > MAX_LINE_BYTES {
            return Err(Unparsed::TooLong);
        }
        match &self.shape {
            Shape::Layouts(layouts) => {
                let is_plain =
                    layout::parse_any_plain(layouts, line, &mut self.scratch.clock, entry)?;
                entry.remarks.join(remarks);
                Ok(if is_plain { InPlace::Entry } else { InPlace::Apart })
            }
            Shape::Json(_) | Shape::W3c | Shape::Wrapped(..) => Ok(InPlace::Apart),
        }
    }

    /// Reads a line with values that are put together in the parser.
    pub(crate) fn parse_apart<'a>(&'a mut self, line: &'a [u8]) -> Result<Line<'a>, Unparsed> {
        let Parser { shape, scratch, columns, unwrapper } = self;
        let (line, remarks) = text_of(line);
        let mut read = match shape {
            Shape::Wrapped(wrapper, inside) => {
                let line = match unwrapper.take(*wrapper, line).ok_or(Unparsed::Shape)? {
                    Inside::Line(line) => text_of(line).0,
                    Inside::Piece => return Ok(Line::Nothing),
                };
                if line.len() > MAX_LINE_BYTES {
                    return Err(Unparsed::TooLong);
                }
                let mut entry = Entry::default();
                match &**inside {
                    Shape::Layouts(layouts)
                        if !line.is_empty()
                            && layout::parse_any_plain(
                                layouts,
                                line,
                                &mut scratch.clock,
                                &mut entry,
                            )? =>
                    {
                        Ok(Line::Entry(entry))
                    }
                    inside => inside.parse(line, scratch, columns),
                }
            }
            shape => shape.parse(line, scratch, columns),
        }?;
        if let Line::Entry(entry) = &mut read {
            entry.remarks.join(remarks);
        }
        Ok(read)
    }
}

impl Parser {
    /// At the end of a log, what has come of lines whose last piece has not: they are no requests.
    pub(crate) fn take_unfinished(&mut self) -> impl Iterator<Item = Vec<u8>> {
        self.unwrapper.take_unfinished()
    }
}

impl Shape {
    /// Reads a line without a wrapper.
    fn parse<'a>(
        &self,
        line: &'a [u8],
        scratch: &'a mut Scratch,
        columns: &'a mut Columns,
    ) -> Result<Line<'a>, Unparsed> {
        match self {
            _ if line.is_empty() => Ok(Line::Nothing),
            Shape::Layouts(layouts) => layout::parse_any(layouts, line, scratch).map(Line::Entry),
            Shape::Json(fields) => fields.parse(line, scratch).map(Line::Entry),
            Shape::W3c => columns.parse(line, scratch),
            Shape::Wrapped(..) => Err(Unparsed::Shape),
        }
    }
}

/// A line without what does not belong to it: a carriage return, NUL bytes (of a log that was cut
/// to nothing while its server went on at the place where it had been), and the mark by which some
/// programs begin a text of UTF-8.
#[inline]
fn text_of(line: &[u8]) -> (&[u8], Remarks) {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match (line.first(), line.last()) {
        (Some(0 | 0xef), _) | (_, Some(0)) => bared(line),
        _ => (line, Remarks::default()),
    }
}

#[cold]
fn bared(line: &[u8]) -> (&[u8], Remarks) {
    let mut remarks = Remarks::default();
    let (mut bare, length) = (line, line.len());
    while let Some(rest) = bare.strip_prefix(b"\0") {
        bare = rest;
    }
    while let Some(rest) = bare.strip_suffix(b"\0") {
        bare = rest;
    }
    if bare.len() < length {
        remarks.add(Remark::Nuls);
    }
    if let Some(rest) = bare.strip_prefix(b"\xef\xbb\xbf") {
        bare = rest;
        remarks.add(Remark::ByteOrderMark);
    }
    (bare.strip_suffix(b"\r").unwrap_or(bare), remarks)
}
