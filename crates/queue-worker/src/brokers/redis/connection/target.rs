//! Where Redis is: one server, Sentinel or Cluster, from a URL.

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _};

use super::ConnectionError;

/// What a URL names.
#[derive(Clone, Debug)]
pub enum Target {
    /// One server: `redis://`, `rediss://`, `unix://`.
    Single(ConnectionInfo),
    /// The primary that sentinels name:
    /// `redis+sentinel://[USER:PASSWORD@]HOST:PORT,HOST:PORT/MASTER[/DB]`.
    Sentinel {
        /// The sentinels.
        sentinels: Vec<ConnectionAddr>,
        /// The name of the primary.
        master: String,
        /// User, password and database of the primary.
        login: ConnectionInfo,
        /// Whether sentinels and primary speak TLS.
        tls: bool,
    },
    /// A cluster: `redis+cluster://[USER:PASSWORD@]HOST:PORT,HOST:PORT`.
    Cluster {
        /// Nodes to begin with.
        nodes: Vec<ConnectionInfo>,
    },
}

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// When the scheme is unknown, a host is missing, or a Sentinel URL names no primary.
    pub fn parse(url: &str) -> Result<Target, ConnectionError> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| {
            wrong(
                "it has no scheme; write redis://HOST:PORT, rediss://HOST:PORT, unix:///PATH, \
                 redis+sentinel://... or redis+cluster://...",
            )
        })?;
        match scheme {
            "redis" | "rediss" | "valkey" | "valkeys" | "unix" | "redis+unix" => {
                single(url).map(Target::Single)
            }
            "redis+sentinel" | "rediss+sentinel" | "redis-sentinel" => sentinel(scheme, rest),
            "redis+cluster" | "rediss+cluster" | "redis-cluster" => Ok(Target::Cluster {
                nodes: nodes(server_scheme(scheme), rest.split('/').next().unwrap_or(""))?,
            }),
            _ => Err(wrong(&format!(
                "the scheme {scheme:?} is unknown; use redis, rediss, unix, redis+sentinel or \
                 redis+cluster"
            ))),
        }
    }

    /// Where it is, for logs: no user, no password.
    #[must_use]
    pub fn address(&self) -> String {
        match self {
            Target::Single(info) => info.addr().to_string(),
            Target::Sentinel { sentinels, master, .. } => {
                format!("{master} by {}", join(sentinels.iter()))
            }
            Target::Cluster { nodes } => join(nodes.iter().map(ConnectionInfo::addr)),
        }
    }
}

fn join<'a>(addresses: impl Iterator<Item = &'a ConnectionAddr>) -> String {
    addresses.map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn wrong(why: &str) -> ConnectionError {
    ConnectionError::Url { why: why.to_owned() }
}

fn server_scheme(scheme: &str) -> &'static str {
    if scheme.starts_with("rediss") { "rediss" } else { "redis" }
}

fn single(url: &str) -> Result<ConnectionInfo, ConnectionError> {
    url.into_connection_info().map_err(|error| {
        wrong(error.detail().unwrap_or(
            "host, port or database cannot be read; write redis://[USER:PASSWORD@]HOST:PORT/DB, \
             with %XX for special characters",
        ))
    })
}

/// `[USER:PASSWORD@]HOST:PORT,HOST:PORT`: the login holds for all.
fn nodes(scheme: &str, authority: &str) -> Result<Vec<ConnectionInfo>, ConnectionError> {
    let (login, hosts) = match authority.rsplit_once('@') {
        Some((login, hosts)) => (format!("{login}@"), hosts),
        None => (String::new(), authority),
    };
    if hosts.is_empty() {
        return Err(wrong("it names no host; write HOST:PORT,HOST:PORT"));
    }
    hosts.split(',').map(|host| single(&format!("{scheme}://{login}{host}"))).collect()
}

fn sentinel(scheme: &str, rest: &str) -> Result<Target, ConnectionError> {
    let mut parts = rest.splitn(3, '/');
    let authority = parts.next().unwrap_or("");
    let master = parts.next().unwrap_or("");
    let database = parts.next().unwrap_or("0");
    if master.is_empty() {
        return Err(wrong(
            "it names no primary; write redis+sentinel://HOST:26379,HOST:26379/MASTER",
        ));
    }
    let scheme = server_scheme(scheme);
    let authority = authority
        .split(',')
        .map(|host| if host.contains(':') { host.to_owned() } else { format!("{host}:26379") })
        .collect::<Vec<_>>()
        .join(",");
    let nodes = nodes(scheme, &authority)?;
    let login = nodes[0].clone();
    let database =
        database.parse().map_err(|_| wrong(&format!("the database {database:?} is no number")))?;
    let redis = login.redis_settings().clone().set_db(database);
    Ok(Target::Sentinel {
        sentinels: nodes.iter().map(|info| info.addr().clone()).collect(),
        master: master.to_owned(),
        login: login.set_redis_settings(redis),
        tls: scheme == "rediss",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_names_its_kind_of_redis() {
        for (url, address) in [
            ("redis://db:6380/2", "db:6380"),
            ("rediss://u:p%40w@db", "db:6379"),
            ("unix:///run/redis.sock", "/run/redis.sock"),
            ("redis+sentinel://u:secret@a:1,b/main/3", "main by a:1,b:26379"),
            ("redis+cluster://u:secret@a:1,b:2", "a:1,b:2"),
        ] {
            assert_eq!(Target::parse(url).unwrap().address(), address, "{url}");
        }
    }

    #[test]
    fn a_sentinel_url_carries_the_login_and_the_database() {
        let Target::Sentinel { login, master, tls, .. } =
            Target::parse("redis+sentinel://u:p%40w@a:1,b:2/main/3").unwrap()
        else {
            panic!("not a sentinel");
        };
        assert_eq!((master.as_str(), tls), ("main", false));
        let redis = login.redis_settings();
        assert_eq!((redis.username(), redis.password(), redis.db()), (Some("u"), Some("p@w"), 3));
    }

    #[test]
    fn a_wrong_url_says_what_to_write_and_not_the_password() {
        for url in [
            "localhost:6379",
            "http://h",
            "redis+sentinel://h:1",
            "redis+cluster:///",
            "redis://u:secret@h:port",
        ] {
            let error = Target::parse(url).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
            assert!(error.starts_with("the redis URL is not usable: "), "{error}");
        }
    }
}
