//! The formats that servers write.

use clap::ValueEnum;

use super::{cloud_line, json_line, request::Request, site::Site, text_line, visitor};

/// A format of access logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Apache's and nginx' combined
    Combined,
    /// Apache's common: without referrer and user agent
    Common,
    /// Combined with the virtual host and its port before it
    VhostCombined,
    /// Combined with the seconds of the request and of the application behind it
    CombinedTime,
    /// JSON lines of nginx (escape=json) with the names of its variables
    NginxJson,
    /// JSON lines of Caddy
    CaddyJson,
    /// JSON lines of Traefik
    TraefikJson,
    /// AWS Application Load Balancer
    Alb,
    /// AWS CloudFront's standard log, a W3C extended log with tabs
    Cloudfront,
}

impl Format {
    /// Whether its lines name the program that asked.
    pub(super) fn has_agent(self) -> bool {
        self != Format::Common
    }

    /// What stands before an object's first line.
    pub(super) fn header(self) -> &'static [u8] {
        match self {
            Format::Cloudfront => cloud_line::CLOUDFRONT_HEADER,
            _ => b"",
        }
    }
}

/// Everything that is the same in every line, written once as the format wants it.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    format: Format,
    paths: Vec<Vec<u8>>,
    agents: Vec<Vec<u8>>,
}

impl Writer {
    pub(super) fn new(format: Format, site: &Site) -> Writer {
        let agents = visitor::agents().map(|agent| agent.as_bytes());
        let escape: fn(&[u8], &mut Vec<u8>) = match format {
            Format::Combined | Format::Common | Format::VhostCombined | Format::CombinedTime => {
                text_line::escape
            }
            Format::NginxJson => json_line::escape_bytes,
            Format::CaddyJson | Format::TraefikJson => json_line::escape_text,
            Format::Alb => cloud_line::escape_alb,
            Format::Cloudfront => cloud_line::escape_cloudfront,
        };
        let escaped = |text: &[u8]| {
            let mut out = Vec::with_capacity(text.len());
            escape(text, &mut out);
            out
        };
        Writer {
            format,
            // A log in text has its paths as they came; none of these has a character that would be
            // escaped.
            paths: site.paths().iter().map(|path| escaped(path)).collect(),
            agents: agents.map(escaped).collect(),
        }
    }

    /// The path as a reader of the log finds it, escapes of JSON undone; bytes that are not UTF-8
    /// are U+FFFD.
    pub(super) fn path_read_back(&self, path: u32) -> String {
        String::from_utf8_lossy(&self.paths[path as usize]).into_owned()
    }

    /// Appends the line of a request and its line feed.
    pub(super) fn write(&self, request: &Request, out: &mut Vec<u8>) {
        let path = &self.paths[request.path as usize];
        let agent = &self.agents[usize::from(request.visitor.agent)];
        match self.format {
            Format::Common => text_line::write_common(request, path, out),
            Format::Combined => text_line::write_combined(request, path, agent, out),
            Format::VhostCombined => {
                out.extend_from_slice(b"www.example.com:443 ");
                text_line::write_combined(request, path, agent, out);
            }
            Format::CombinedTime => {
                text_line::write_combined(request, path, agent, out);
                text_line::write_times(request, out);
            }
            Format::NginxJson => json_line::write_nginx(request, path, agent, out),
            Format::CaddyJson => json_line::write_caddy(request, path, agent, out),
            Format::TraefikJson => json_line::write_traefik(request, path, agent, out),
            Format::Alb => cloud_line::write_alb(request, path, agent, out),
            Format::Cloudfront => cloud_line::write_cloudfront(request, path, agent, out),
        }
        out.push(b'\n');
    }
}
