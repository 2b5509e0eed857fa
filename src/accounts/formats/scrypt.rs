//! scrypt, in the forms of the PHC, Django, Werkzeug, Better Auth and Spring.

use std::fmt;

use scrypt::Params;
use subtle::ConstantTimeEq;

use super::FormatError::{self, Damaged, TooCostly};
use super::encoding::{fields, from_base64, from_hex, number};

const MAX_LOG_N: u32 = 18;
/// N × r: 512 MiB.
const MAX_MEMORY: u64 = 1 << 22;
/// N × r × p.
const MAX_WORK: u64 = 1 << 24;

/// The costs of one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    pub log_n: u8,
    pub r: u32,
    pub p: u32,
}

/// A stored scrypt hash.
pub struct ScryptHash {
    costs: Costs,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

impl ScryptHash {
    fn new(log_n: u32, r: u32, p: u32, salt: Vec<u8>, expected: Vec<u8>) -> Result<Self, FormatError> {
        if log_n == 0 || r == 0 || p == 0 || salt.is_empty() || !(16..=64).contains(&expected.len()) {
            return Err(Damaged);
        }
        let memory = 1_u64.checked_shl(log_n).map_or(u64::MAX, |n| n.saturating_mul(r.into()));
        if log_n > MAX_LOG_N || memory > MAX_MEMORY || memory.saturating_mul(p.into()) > MAX_WORK {
            return Err(TooCostly);
        }
        let log_n = u8::try_from(log_n).map_err(|_| TooCostly)?;
        Ok(Self { costs: Costs { log_n, r, p }, salt, expected })
    }

    /// `$scrypt$ln=…,r=…,p=…$salt$hash`.
    pub fn parse_phc(text: &str) -> Result<Self, FormatError> {
        let [_, _, parameters, salt, hash] = fields(text, '$')?;
        let [log_n, r, p] = fields(parameters, ',')?;
        let value = |parameter: &str, name| number(parameter.strip_prefix(name).ok_or(Damaged)?);
        let salt = from_base64(salt).filter(|salt| salt.len() >= 8).ok_or(Damaged)?;
        let hash = from_base64(hash).ok_or(Damaged)?;
        Self::new(value(log_n, "ln=")?, value(r, "r=")?, value(p, "p=")?, salt, hash)
    }

    /// `scrypt$N$salt$r$p$hash`.
    pub fn parse_django(text: &str) -> Result<Self, FormatError> {
        let [_, n, salt, r, p, hash] = fields(text, '$')?;
        let hash = from_base64(hash).ok_or(Damaged)?;
        Self::new(logarithm(n)?, number(r)?, number(p)?, salt.as_bytes().to_vec(), hash)
    }

    /// `scrypt:N:r:p$salt$hash`.
    pub fn parse_werkzeug(text: &str) -> Result<Self, FormatError> {
        let [method, salt, hash] = fields(text, '$')?;
        let [_, n, r, p] = fields(method, ':')?;
        let hash = from_hex(hash).ok_or(Damaged)?;
        Self::new(logarithm(n)?, number(r)?, number(p)?, salt.as_bytes().to_vec(), hash)
    }

    /// `salt:hash` in hexadecimal, where the salt is that text.
    pub fn parse_better_auth(text: &str) -> Result<Self, FormatError> {
        let [salt, hash] = fields(text, ':')?;
        let Costs { log_n, r, p } = BETTER_AUTH;
        Self::new(log_n.into(), r, p, salt.as_bytes().to_vec(), from_hex(hash).ok_or(Damaged)?)
    }

    /// Spring's `$parameters$salt$hash`, with three costs in one hexadecimal number.
    pub fn parse_spring(text: &str) -> Result<Self, FormatError> {
        let [_, parameters, salt, hash] = fields(text, '$')?;
        let parameters = u32::from_str_radix(parameters, 16).map_err(|_| Damaged)?;
        let (log_n, r, p) = (parameters >> 16, (parameters >> 8) & 255, parameters & 255);
        Self::new(log_n, r, p, from_base64(salt).ok_or(Damaged)?, from_base64(hash).ok_or(Damaged)?)
    }

    pub fn verify(&self, password: &[u8]) -> bool {
        let mut computed = vec![0; self.expected.len()];
        derive(self.costs, password, &self.salt, &mut computed).is_some() && computed.ct_eq(&self.expected).into()
    }
}

impl fmt::Display for ScryptHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.costs.fmt(formatter)
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "scrypt N={},r={},p={}", 1_u64 << self.log_n, self.r, self.p)
    }
}

/// What Better Auth always uses.
pub const BETTER_AUTH: Costs = Costs { log_n: 14, r: 16, p: 1 };
/// What Werkzeug uses for new hashes.
pub const WERKZEUG: Costs = Costs { log_n: 15, r: 8, p: 1 };

/// Fills `output`.
pub fn derive(costs: Costs, password: &[u8], salt: &[u8], output: &mut [u8]) -> Option<()> {
    let params = Params::new(costs.log_n, costs.r, costs.p).ok()?;
    scrypt::scrypt(password, salt, &params, output).ok()
}

fn logarithm(n: &str) -> Result<u32, FormatError> {
    let n = number(n)?;
    if n.is_power_of_two() { Ok(n.ilog2()) } else { Err(Damaged) }
}
