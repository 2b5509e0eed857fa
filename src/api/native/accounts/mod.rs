//! `/api/v1/accounts`: for apps that let Keyback keep their accounts, a file an operation.

pub(super) mod authenticate;
