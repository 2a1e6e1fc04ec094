//! Whose address a request comes from. Behind a proxy that is set as trusted, the proxy says it in `X-Forwarded-For`; anybody
//! else could say anything there, and is not believed.

use http::HeaderMap;
use std::net::IpAddr;

/// The other end of a connection, in a request's extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Proxies whose word is taken, by network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Network>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    /// Leading bits that matter.
    length: u32,
}

impl Proxies {
    /// Reads addresses and networks with commas between them: `10.0.0.7, 192.168.0.0/16`.
    ///
    /// # Errors
    /// A message where one is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let networks = text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(Network::parse);
        let wrong = || "must be addresses or networks, like 10.0.0.7 or 10.0.0.0/8, with commas".to_owned();
        networks.collect::<Option<Vec<_>>>().map(Self).ok_or_else(wrong)
    }

    /// Whom a request of `peer` comes from: from the right, the first address of `X-Forwarded-For` that is no proxy's.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if self.0.is_empty() {
            return client;
        }
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for hop in hops {
            if !self.trusts(client) {
                break;
            }
            // What is no address was put there by somebody whom the proxy did not check.
            match parse_hop(hop.trim()) {
                Some(address) => client = address.to_canonical(),
                None => break,
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

/// An address, perhaps with its port, as some proxies write it.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port)
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let length = length.unwrap_or(bits);
        (length <= bits).then_some(Self { address, length })
    }

    fn contains(&self, other: IpAddr) -> bool {
        let differ = match (self.address, other) {
            (IpAddr::V4(mine), IpAddr::V4(other)) => (mine.to_bits() ^ other.to_bits()).leading_zeros(),
            (IpAddr::V6(mine), IpAddr::V6(other)) => (mine.to_bits() ^ other.to_bits()).leading_zeros(),
            _ => return false,
        };
        differ >= self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn client(trusted: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::try_from(*line).unwrap());
        }
        Proxies::parse(trusted).unwrap().client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_it_is_set() {
        assert_eq!(client("", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client("10.0.0.0/8", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    }

    #[test]
    fn a_trusted_proxy_says_whom_it_has_from_where() {
        let trusted = "10.0.0.0/8, 127.0.0.1, 2001:db8::/32";
        for (peer, forwarded, expected) in [
            ("10.1.2.3", &["198.51.100.1"][..], "198.51.100.1"),
            ("::ffff:10.1.2.3", &["198.51.100.1"], "198.51.100.1"),
            ("2001:db8::7", &["2001:db9::1"], "2001:db9::1"),
            ("10.1.2.3", &["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
            ("10.1.2.3", &["192.0.2.66", "198.51.100.1, 127.0.0.1"], "198.51.100.1"),
            ("10.1.2.3", &["198.51.100.1:4711"], "198.51.100.1"),
            ("10.1.2.3", &["[2001:db9::1]:4711"], "2001:db9::1"),
            ("10.1.2.3", &["198.51.100.1, unknown"], "10.1.2.3"),
            ("10.1.2.3", &[], "10.1.2.3"),
            ("10.1.2.3", &["10.9.9.9"], "10.9.9.9"),
        ] {
            assert_eq!(client(trusted, peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn networks_are_read_or_refused() {
        assert!(Proxies::parse("0.0.0.0/0, ::/0").is_ok());
        assert_eq!(client("0.0.0.0/0", "203.0.113.9", &["198.51.100.1"]), "198.51.100.1");
        for wrong in ["proxy.example", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "10.0.0/8"] {
            assert!(Proxies::parse(wrong).is_err(), "{wrong}");
        }
    }
}
