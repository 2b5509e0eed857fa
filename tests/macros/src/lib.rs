//! The attribute of tests that run on both databases. As an attribute, and not as a macro around many tests, it leaves
//! each test to rustfmt and to editors.

use proc_macro::TokenStream;
use quote::quote;
use syn::{ItemFn, parse_macro_input};

/// Runs an `async fn name(database: Database)` twice: `name::sqlite` and `name::postgres`. Without a PostgreSQL to test
/// on, that half is listed as ignored.
#[proc_macro_attribute]
pub fn on_both_databases(_: TokenStream, test: TokenStream) -> TokenStream {
    let ItemFn { attrs, sig, block, .. } = parse_macro_input!(test as ItemFn);
    let (name, inputs) = (&sig.ident, &sig.inputs);
    quote! {
        mod #name {
            use super::*;

            #(#attrs)*
            async fn body(#inputs) #block

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body(crate::support::Database::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
            async fn postgres() {
                body(crate::support::Database::postgres().await).await;
            }
        }
    }
    .into()
}

/// Runs an `async fn name(app: AppDatabase)` three times: `name::sqlite`, `name::postgres` and `name::mysql`. Without a
/// server to test on, its part is listed as ignored.
#[proc_macro_attribute]
pub fn on_app_databases(_: TokenStream, test: TokenStream) -> TokenStream {
    on_databases_of_an_app(test, true)
}

/// The same without SQLite, which has neither connections that can be cut nor locks of rows.
#[proc_macro_attribute]
pub fn on_app_servers(_: TokenStream, test: TokenStream) -> TokenStream {
    on_databases_of_an_app(test, false)
}

fn on_databases_of_an_app(test: TokenStream, with_sqlite: bool) -> TokenStream {
    let ItemFn { attrs, sig, block, .. } = match syn::parse(test) {
        Ok(test) => test,
        Err(error) => return error.to_compile_error().into(),
    };
    let (name, inputs) = (&sig.ident, &sig.inputs);
    let on_sqlite = with_sqlite.then(|| {
        quote! {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body(crate::own_users::AppDatabase::sqlite()).await;
            }
        }
    });
    quote! {
        mod #name {
            use super::*;

            #(#attrs)*
            async fn body(#inputs) #block

            #on_sqlite

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[cfg_attr(not(postgres), ignore = "TEST_DATABASE_URL is not set")]
            async fn postgres() {
                body(crate::own_users::AppDatabase::postgres().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            #[cfg_attr(not(mysql), ignore = "TEST_MYSQL_URL is not set")]
            async fn mysql() {
                body(crate::own_users::AppDatabase::mysql().await).await;
            }
        }
    }
    .into()
}
