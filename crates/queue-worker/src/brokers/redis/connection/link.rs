//! One connection to whatever kind of Redis.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, RedisResult, TlsCertificates,
    TlsMode, Value,
    aio::{ConnectionLike as _, MultiplexedConnection},
    cluster::ClusterClientBuilder,
    cluster_async::ClusterConnection,
    io::tcp::{TcpSettings, socket2::TcpKeepalive},
    sentinel::{SentinelClientBuilder, SentinelServerType},
};

use super::{ConnectionArgs, ConnectionError, Target, settings::Login};

/// A connection that any number of calls share.
#[derive(Clone)]
pub(super) enum Link {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    pub(super) async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Link::Single(connection) => connection.req_packed_command(command).await,
            Link::Cluster(connection) => connection.req_packed_command(command).await,
        }
    }
}

/// Why there is no link: the files of the settings, or Redis.
pub(super) enum NoLink {
    Settings(ConnectionError),
    Redis(redis::RedisError),
}

impl From<redis::RedisError> for NoLink {
    fn from(error: redis::RedisError) -> NoLink {
        NoLink::Redis(error)
    }
}

/// Makes a connection, with the login and the certificates as their files are now.
pub(super) async fn connect(target: &Target, args: &ConnectionArgs) -> Result<Link, NoLink> {
    let login = args.login().map_err(NoLink::Settings)?;
    let certificates = args.certificates().map_err(NoLink::Settings)?;
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(args.redis_connect_timeout))
        .set_response_timeout(Some(args.redis_timeout));
    let tcp = tcp_settings(args.redis_timeout);
    match target {
        Target::Single(info) => {
            let info = with_login(info, &login).set_tcp_settings(tcp);
            let client = client(info.clone(), &certificates)?;
            match client.get_multiplexed_async_connection_with_config(&config).await {
                Ok(connection) => Ok(Link::Single(connection)),
                Err(error) if error.kind() == ErrorKind::AuthenticationFailed => {
                    Err(refusal(info, &certificates, &config).await.unwrap_or(error).into())
                }
                Err(error) => Err(error.into()),
            }
        }
        Target::Sentinel { sentinels, master, login: info, tls } => {
            let mut builder = SentinelClientBuilder::new(
                sentinels.iter().cloned(),
                master,
                SentinelServerType::Master,
            )?
            .set_client_to_redis_tcp_settings(tcp.clone())
            .set_client_to_sentinel_tcp_settings(tcp);
            let info = with_login(info, &login);
            let redis = info.redis_settings();
            builder = builder.set_client_to_redis_db(redis.db());
            if let Some(user) = redis.username() {
                builder = builder.set_client_to_redis_username(user);
            }
            if let Some(password) = redis.password() {
                builder = builder.set_client_to_redis_password(password);
            }
            if let Some(password) = &args.sentinel_password {
                builder = builder.set_client_to_sentinel_password(password);
            }
            if *tls {
                builder = builder
                    .set_client_to_redis_tls_mode(TlsMode::Secure)
                    .set_client_to_redis_certificates(certificates.clone())
                    .set_client_to_sentinel_tls_mode(TlsMode::Secure)
                    .set_client_to_sentinel_certificates(certificates);
            }
            let mut client = builder.build()?;
            let connection = client.get_async_connection_with_config(&config).await?;
            Ok(Link::Single(connection))
        }
        Target::Cluster { nodes } => {
            let nodes: Vec<ConnectionInfo> =
                nodes.iter().map(|info| with_login(info, &login)).collect();
            let tls = nodes
                .iter()
                .any(|info| matches!(info.addr(), redis::ConnectionAddr::TcpTls { .. }));
            let mut builder = ClusterClientBuilder::new(nodes)
                .connection_timeout(args.redis_connect_timeout)
                .response_timeout(args.redis_timeout)
                .tcp_settings(tcp);
            // Giving certificates switches TLS on.
            if tls {
                builder = builder.certs(certificates);
            }
            let client = builder.build()?;
            Ok(Link::Cluster(client.get_async_connection().await?))
        }
    }
}

fn client(info: ConnectionInfo, certificates: &TlsCertificates) -> RedisResult<Client> {
    match info.addr() {
        redis::ConnectionAddr::TcpTls { .. } => Client::build_with_tls(info, certificates.clone()),
        _ => Client::open(info),
    }
}

/// Why Redis refuses a login, in its own words, which the client library does not hand on: is the
/// password wrong, or does this Redis have none?
async fn refusal(
    info: ConnectionInfo,
    certificates: &TlsCertificates,
    config: &AsyncConnectionConfig,
) -> Option<redis::RedisError> {
    let mut auth = redis::cmd("AUTH");
    if let Some(user) = info.redis_settings().username() {
        auth.arg(user);
    }
    auth.arg(info.redis_settings().password()?);
    let without = info.set_redis_settings(redis::RedisConnectionInfo::default());
    let client = client(without, certificates).ok()?;
    let mut connection = client.get_multiplexed_async_connection_with_config(config).await.ok()?;
    connection.req_packed_command(&auth).await.and_then(Value::extract_error).err()
}

fn with_login(info: &ConnectionInfo, login: &Login) -> ConnectionInfo {
    let mut redis = info.redis_settings().clone();
    if redis.username().is_none()
        && let Some(user) = &login.user
    {
        redis = redis.set_username(user);
    }
    if redis.password().is_none()
        && let Some(password) = &login.password
    {
        redis = redis.set_password(password);
    }
    // Without a password no login is sent at all, and the work would be done as the default user.
    // A user without one takes any.
    if redis.password().is_none() && redis.username().is_some_and(|user| user != "default") {
        redis = redis.set_password("");
    }
    info.clone().set_redis_settings(redis)
}

/// A peer that vanished without a word is noticed by the kernel too, not only by our own time-out.
fn tcp_settings(timeout: Duration) -> TcpSettings {
    TcpSettings::default().set_nodelay(true).set_user_timeout(timeout).set_keepalive(
        TcpKeepalive::new()
            .with_time(Duration::from_secs(15))
            .with_interval(Duration::from_secs(5))
            .with_retries(3),
    )
}
