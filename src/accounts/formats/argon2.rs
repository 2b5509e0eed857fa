//! `$argon2id$v=19$m=…,t=…,p=…$salt$hash` and its relatives (PHC strings).

use std::fmt;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as PhcHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;

use super::FormatError;

/// The highest cost of one verification. Without these limits, a row could exhaust the server.
pub const MAX_KIB: u32 = 256 * 1024;
pub const MAX_PASSES: u32 = 20;

/// Memory that argon2 uses again for every hash: a fresh block each time would be mapped, zeroed and thrown away, at
/// half the speed.
pub struct Memory(Vec<Block>);

impl Memory {
    /// As much as hashes with these parameters need. Hashes that need more allocate it for their own time.
    pub fn for_params(params: &Params) -> Self {
        Self(vec![Block::default(); params.block_count()])
    }

    /// None: every hash allocates what it needs.
    pub fn none() -> Self {
        Self(Vec::new())
    }
}

/// A stored argon2 hash.
pub struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    expected: Vec<u8>,
}

impl Argon2Hash {
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let hash = PhcHash::new(text).map_err(|_| FormatError::Damaged)?;
        let number = |name| hash.params.get_decimal(name);
        let (memory, passes) = (number("m").ok_or(FormatError::Damaged)?, number("t").ok_or(FormatError::Damaged)?);
        let lanes = number("p").unwrap_or(1);
        if memory > MAX_KIB || passes > MAX_PASSES {
            return Err(FormatError::TooCostly);
        }
        let keyed = hash.params.get_str("keyid").is_some() || hash.params.get_str("data").is_some();
        // RFC 9106 §3.1: argon2 takes no salt under 8 octets.
        let salt = hash.salt.filter(|salt| salt.len() >= 8 && !keyed).ok_or(FormatError::Damaged)?;
        let expected = hash.hash.ok_or(FormatError::Damaged)?.as_bytes().to_vec();
        // The oldest hashes name no version: theirs is 16.
        let version = hash.version.unwrap_or(0x10);
        Ok(Self {
            algorithm: Algorithm::new(hash.algorithm.as_str()).map_err(|_| FormatError::Damaged)?,
            version: Version::try_from(version).map_err(|_| FormatError::Damaged)?,
            params: Params::new(memory, passes, lanes, Some(expected.len())).map_err(|_| FormatError::Damaged)?,
            salt: salt.to_vec(),
            expected,
        })
    }

    /// Whether it is argon2id of the current version with these parameters and 32 octets long.
    pub fn is_argon2id_with(&self, params: &Params) -> bool {
        let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && costs(&self.params) == costs(params)
            && self.expected.len() == Params::DEFAULT_OUTPUT_LEN
    }

    pub fn verify(&self, password: &[u8], memory: &mut Memory) -> bool {
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        let mut output = vec![0; self.expected.len()];
        fill(&argon2, password, &self.salt, &mut output, memory).is_ok() && output.ct_eq(&self.expected).into()
    }
}

impl fmt::Display for Argon2Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (memory, passes, lanes) = (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        write!(formatter, "{} m={memory},t={passes},p={lanes}", self.algorithm.as_str())
    }
}

/// A new argon2id hash of 32 octets.
pub fn argon2id(params: &Params, password: &[u8], salt: &[u8], memory: &mut Memory) -> Option<String> {
    let mut output = [0_u8; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    fill(&argon2, password, salt, &mut output, memory).ok()?;
    let hash = PhcHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(&output).ok()?),
    };
    Some(hash.to_string())
}

fn fill(
    argon2: &Argon2<'_>,
    password: &[u8],
    salt: &[u8],
    output: &mut [u8],
    Memory(blocks): &mut Memory,
) -> argon2::Result<()> {
    if argon2.params().block_count() <= blocks.len() {
        argon2.hash_password_into_with_memory(password, salt, output, blocks)
    } else {
        argon2.hash_password_into(password, salt, output)
    }
}
