//! Every format that has a name. This is the only list of them: `--format` takes these names, the
//! messages show them, and detection tries those that have a place in its order.
//!
//! To add a format, write how its lines are read in a file of its own and add a row here.

use super::shape::Shape;
use super::{aws_alb, aws_s3, common, envoy, haproxy, nginx, squid, traefik};

/// A format that has a name.
pub(super) struct KnownFormat {
    /// What people call it, as in `--format combined`.
    pub name: &'static str,
    /// What its lines look like: an Apache `LogFormat`, or words.
    pub description: &'static str,
    /// Its place among the formats that detection tries, from 0. One that says more about a line
    /// comes first: a line may also fit a format with fewer fields. `None` where only `--format`
    /// chooses it.
    pub tried: Option<usize>,
    /// How its lines are read.
    pub shape: fn() -> Shape,
}

/// The name of JSON lines, whose fields `--fields` may name.
pub(super) const JSON: &str = "json";

/// All of them, in the order in which messages list them.
const KNOWN: [KnownFormat; 19] = [
    KnownFormat {
        name: "common",
        description: common::COMMON,
        tried: Some(16),
        shape: common::common,
    },
    KnownFormat {
        name: "combined",
        description: common::COMBINED,
        tried: Some(14),
        shape: common::combined,
    },
    KnownFormat {
        name: "vhost-common",
        description: common::VHOST_COMMON,
        tried: Some(15),
        shape: common::vhost_common,
    },
    KnownFormat {
        name: "vhost-combined",
        description: common::VHOST_COMBINED,
        tried: Some(13),
        shape: common::vhost_combined,
    },
    KnownFormat {
        name: "combined-time",
        description: "combined, then $request_time and perhaps $upstream_response_time: seconds \
                      with a point, as nginx writes them. Apache's %D is read by its LogFormat",
        // Numbers behind a combined line may be times, sizes or anything else.
        tried: None,
        shape: nginx::combined_time,
    },
    KnownFormat {
        name: "nginx-main",
        description: "combined, then \"$http_x_forwarded_for\": nginx' own format of its package",
        tried: Some(12),
        shape: nginx::main,
    },
    KnownFormat {
        name: "ingress-nginx",
        description: "the log format of ingress-nginx, with the times of the request and of its \
                      upstreams",
        tried: Some(9),
        shape: nginx::ingress,
    },
    KnownFormat {
        name: "nginx-proxy-manager",
        description: "the log of each host of Nginx Proxy Manager, with [Client ...] and [Length \
                      ...]",
        tried: Some(17),
        shape: nginx::proxy_manager,
    },
    KnownFormat {
        name: "traefik-clf",
        description: "combined, then a number, \"router\" and \"server\", and the duration with \
                      its ms: Traefik's own format",
        tried: Some(10),
        shape: traefik::common_log_format,
    },
    KnownFormat {
        name: "nginx-timed",
        description: "combined, then rt=$request_time ... urt=\"$upstream_response_time\"",
        tried: Some(11),
        shape: nginx::timed,
    },
    KnownFormat {
        name: JSON,
        description: "a JSON object a line: nginx, Caddy, Traefik and others by their usual names",
        tried: Some(0),
        shape: || Shape::Json(Box::default()),
    },
    KnownFormat {
        name: "aws-alb",
        description: "AWS Application Load Balancer; the response time is its \
                      target_processing_time",
        tried: Some(2),
        shape: aws_alb::load_balancer,
    },
    KnownFormat {
        name: "aws-elb",
        description: "AWS Classic Load Balancer; the response time is its backend_processing_time",
        tried: Some(3),
        shape: aws_alb::classic,
    },
    KnownFormat {
        name: "aws-s3",
        description: "AWS S3 server access; the response time is its total time",
        tried: Some(4),
        shape: aws_s3::server_access,
    },
    KnownFormat {
        name: "envoy",
        description: "Envoy's default format, with the times of the request and of its upstream",
        tried: Some(6),
        shape: envoy::default,
    },
    KnownFormat {
        name: "istio",
        description: "Istio's default format: Envoy's with more fields",
        tried: Some(5),
        shape: envoy::istio,
    },
    KnownFormat {
        name: "haproxy",
        description: "HAProxy with option httplog; the response time is Ta, the upstream's is Tr",
        tried: Some(7),
        shape: haproxy::http_log,
    },
    KnownFormat {
        name: "squid",
        description: "Squid's native format",
        tried: Some(8),
        shape: squid::native,
    },
    KnownFormat {
        name: "w3c",
        description: "W3C extended log, such as AWS CloudFront: the columns are those of its \
                      #Fields line",
        tried: Some(1),
        shape: || Shape::W3c,
    },
];

/// The formats that have a name, with what they look like as an Apache `LogFormat` or in words.
pub const NAMED: [(&str, &str); KNOWN.len()] = {
    let mut named = [("", ""); KNOWN.len()];
    let mut at = 0;
    while at < KNOWN.len() {
        named[at] = (KNOWN[at].name, KNOWN[at].description);
        at += 1;
    }
    named
};

/// Names that servers and other programs have for these formats, and ours.
const OTHER_NAMES: [(&str, &str); 20] = [
    ("main", "nginx-main"),
    ("combinedio", "combined"),
    ("upstreaminfo", "ingress-nginx"),
    ("npm", "nginx-proxy-manager"),
    ("vcombined", "vhost-combined"),
    ("vcommon", "vhost-common"),
    ("clf", "common"),
    ("traefikclf", "traefik-clf"),
    ("traefik-json", JSON),
    ("caddy", JSON),
    ("cloudflare", JSON),
    ("alb", "aws-alb"),
    ("awsalb", "aws-alb"),
    ("awselb", "aws-elb"),
    ("awss3", "aws-s3"),
    ("s3", "aws-s3"),
    ("httplog", "haproxy"),
    ("tomcat", "common"),
    ("iis", "w3c"),
    ("cloudfront", "w3c"),
];

/// The format that is called so, also by others and with other letters: its name, and how its lines
/// are read.
pub(super) fn named(name: &str) -> Option<(&'static str, Shape)> {
    let plain = name.trim().to_ascii_lowercase().replace('_', "-");
    let ours = OTHER_NAMES.iter().find(|(other, _)| *other == plain).map(|(_, ours)| *ours);
    let ours = ours.unwrap_or(&plain);
    KNOWN.iter().find(|known| known.name == ours).map(|known| (known.name, (known.shape)()))
}

/// The names of the formats that detection tries, in its order.
pub(super) fn tried() -> Vec<&'static str> {
    let mut tried: Vec<(usize, &str)> =
        KNOWN.iter().filter_map(|known| Some((known.tried?, known.name))).collect();
    tried.sort_unstable();
    tried.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_that_is_tried_has_a_place_of_its_own() {
        let mut places: Vec<usize> = KNOWN.iter().filter_map(|known| known.tried).collect();
        places.sort_unstable();
        assert_eq!(places, (0..places.len()).collect::<Vec<_>>(), "the places in KNOWN");
        assert_eq!(tried().len(), places.len());
    }

    #[test]
    fn every_other_name_is_that_of_a_format_and_of_no_second_one() {
        for (other, ours) in OTHER_NAMES {
            assert_eq!(named(other).map(|(name, _)| name), Some(ours));
            assert!(KNOWN.iter().all(|known| known.name != other), "{other}");
        }
        assert_eq!(named("VHOST_COMBINED").map(|(name, _)| name), Some("vhost-combined"));
        assert!(named("nobody").is_none());
    }

    #[test]
    fn every_name_and_every_description_that_is_a_log_format_reads_lines() {
        for known in &KNOWN {
            if let Shape::Layouts(layouts) = (known.shape)() {
                assert!(!layouts.is_empty(), "{}", known.name);
            }
            if known.description.starts_with('%') {
                let described = super::super::Format::described(known.description);
                assert!(described.is_ok(), "{}: {described:?}", known.name);
            }
        }
    }
}
