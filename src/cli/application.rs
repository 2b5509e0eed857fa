//! Builds all parts of the application from one configuration.

use std::sync::Arc;

use crate::accounts::{
    AccountTools, AppAccounts, AppHttp, BreachList, Directory, Hasher, OwnAccounts, PasswordPolicy, Recipe,
};
use crate::admin::{Accounts, Keys, Overviews, SignIn};
use crate::clock::Clock;
use crate::config::{Config, DirectoryConfig, RecipeConfig};
use crate::delivery::{MailTransport, Renderer, TextTransport, TransportError, WebhookTransport};
use crate::http_client::{forgetful_http_client, http_client};
use crate::limits::{LimitNumbers, Limits};
use crate::refusals::Refusals;
use crate::reset::ResetService;
use crate::server::{Parts, Readiness};
use crate::store::{AppTable, Store, StoreError};
use crate::telemetry::{Heartbeat, Metrics};
use crate::webhooks::Webhooks;
use crate::worker::{Lanes, Worker};

/// Everything that one process runs.
#[derive(Clone)]
pub struct Application {
    pub config: Config,
    pub store: Store,
    /// Where the accounts are.
    pub directory: Directory,
    pub reset: ResetService,
    pub accounts: Accounts,
    pub overviews: Overviews,
    pub sign_in: SignIn,
    pub keys: Keys,
    pub transport: MailTransport,
    /// `None` if text messages are off.
    pub texts: Option<TextTransport>,
    /// The slots for messages that are being sent.
    pub lanes: Lanes,
    /// `None` if webhooks are off.
    pub webhooks: Option<WebhookTransport>,
    /// Refusals that are waiting to be written to the audit.
    pub refusals: Refusals,
    pub clock: Clock,
    pub metrics: Metrics,
    pub heartbeat: Heartbeat,
    pub readiness: Readiness,
}

/// Why the process can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("database.url: could not open the database: {0}")]
    Store(#[from] StoreError),
    #[error("directory.hash: {0}")]
    Recipe(String),
    #[error("could not start the hashing threads: {0}")]
    Hasher(#[from] std::io::Error),
    #[error("could not create the HTTP client: {0}")]
    HttpClient(#[from] reqwest::Error),
    #[error(transparent)]
    Transport(#[from] TransportError),
}

impl Application {
    /// Opens the database, migrates it and creates the parts. Nothing listens or sends yet.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(config: Config, clock: Clock) -> Result<Self, StartError> {
        let store = Store::connect(&config.database.url, config.database.max_connections).await?;
        store.migrate().await?;
        let metrics = Metrics::default();
        let heartbeat = Heartbeat::new(clock.clone());
        let hasher = Hasher::start(recipe(&config)?, metrics.clone())?;
        let directory = directory(&config, &store, &hasher, &clock)?;
        let client = http_client()?;
        let breach_list = BreachList::new(client, config.password.hibp_url.clone());
        let own_names = [config.pages.product_name.clone(), config.server.public_url.host().to_owned()];
        let policy = Arc::new(PasswordPolicy::new(&config.password, breach_list, hasher.clone(), &own_names));
        let tools = AccountTools { directory: directory.clone(), hasher: hasher.clone(), policy };
        let numbers = LimitNumbers {
            resend_cooldown: config.reset.resend_cooldown,
            caller_per_15_minutes: config.limits.caller_per_15_minutes,
            overall_per_minute: config.limits.overall_per_minute,
            texts_per_day: config.sms.daily_budget,
            texts_per_block: config.sms.block_per_hour,
            texts_per_caller: config.sms.caller_per_hour,
        };
        let webhook = |config| WebhookTransport::new(config, clock.clone());
        let limits = Limits::new(config.server.secret_key.clone(), &numbers, metrics.clone());
        let refusals = Refusals::new(store.clone(), config.server.secret_key.clone(), clock.clone());
        Ok(Self {
            reset: ResetService::new(
                &config,
                store.clone(),
                tools.clone(),
                limits.clone(),
                refusals.clone(),
                clock.clone(),
            ),
            accounts: Accounts::new(
                store.clone(),
                tools,
                limits.clone(),
                Webhooks::new(config.webhooks.as_ref()),
                clock.clone(),
            ),
            overviews: Overviews::new(store.clone(), limits.clone(), clock.clone()),
            sign_in: SignIn::new(store.clone(), directory.clone(), hasher, limits, refusals.clone(), clock.clone()),
            keys: Keys::new(store.clone(), config.server.secret_key.clone(), clock.clone()),
            lanes: Lanes::new(config.mail.connections, &metrics),
            transport: MailTransport::new(&config.mail)?,
            texts: TextTransport::new(&config.sms, forgetful_http_client()?, clock.clone())?,
            webhooks: config.webhooks.as_ref().map(webhook).transpose()?,
            readiness: Readiness::new(store.clone(), heartbeat.clone(), metrics.clone()),
            store,
            directory,
            config,
            refusals,
            clock,
            metrics,
            heartbeat,
        })
    }

    /// The parts that the HTTP server needs.
    pub fn server_parts(&self) -> Parts {
        Parts {
            config: self.config.clone(),
            store: self.store.clone(),
            reset: self.reset.clone(),
            accounts: self.accounts.clone(),
            sign_in: self.sign_in.clone(),
            keys: self.keys.clone(),
            overviews: self.overviews.clone(),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            heartbeat: self.heartbeat.clone(),
            readiness: self.readiness.clone(),
        }
    }

    /// The worker, which sends the messages.
    pub fn worker(&self) -> Worker {
        Worker {
            reset: self.reset.clone(),
            store: self.store.clone(),
            renderer: Renderer::new(&self.config),
            transport: self.transport.clone(),
            texts: self.texts.clone(),
            lanes: self.lanes.clone(),
            webhooks: self.webhooks.clone(),
            retention: self.config.retention,
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            heartbeat: self.heartbeat.clone(),
        }
    }
}

/// How the app hashes passwords, if Keyback writes into its table.
fn recipe(config: &Config) -> Result<Option<Recipe>, StartError> {
    let Some(DirectoryConfig::Sql(directory)) = &config.directory else { return Ok(None) };
    let RecipeConfig { hash, options, pepper } = &directory.recipe;
    Recipe::parse(hash, options, pepper.as_ref()).map(Some).map_err(StartError::Recipe)
}

/// Where the accounts are. An app's database or endpoint is connected to when it is first needed.
fn directory(config: &Config, store: &Store, hasher: &Hasher, clock: &Clock) -> Result<Directory, StartError> {
    let key = config.server.secret_key.clone();
    Ok(match &config.directory {
        None => Directory::Own(OwnAccounts::new(store.clone())),
        Some(DirectoryConfig::Sql(directory)) => {
            let hashes_itself = directory.recipe.hash == "plain";
            Directory::App(AppAccounts::new(AppTable::new(directory)?, hasher.clone(), key, hashes_itself))
        }
        Some(DirectoryConfig::Http(directory)) => Directory::Http(AppHttp::new(directory, key, clock.clone())?),
    })
}
