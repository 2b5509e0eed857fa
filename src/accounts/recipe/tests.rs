//! New hashes are what each app writes, of what it sees when somebody signs in.

use super::*;
use crate::accounts::formats::describe;

const OURS: &str = "walnut-river-lantern";
const FLASK_SALT: &str = "146585145368132386173505678016728509634";

/// Every word, as cheap as it may be.
const CHEAP: [(&str, &str); 14] = [
    ("bcrypt", "variant=2y cost=4"),
    ("argon2id", "memory=64 passes=1 lanes=2 prefix={ARGON2ID}"),
    ("django-pbkdf2", "rounds=1000"),
    ("wordpress", "cost=4"),
    ("better-auth", ""),
    ("werkzeug-scrypt", ""),
    ("flask-security", "memory=64 passes=1 lanes=1"),
    ("aspnet-v3", ""),
    ("sha512-crypt", "rounds=1000 prefix={SHA512-CRYPT}"),
    ("discourse", "rounds=1000"),
    ("moodle", "rounds=1000"),
    ("phpbb", "memory=64 passes=1 lanes=1"),
    ("symfony", "cost=4"),
    ("plain", ""),
];

fn parse(hash: &str, options: &str, pepper: Option<&str>) -> Result<Recipe, String> {
    let options: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
    let pepper = pepper.map(|pepper| Pepper::new(pepper.to_owned()));
    Recipe::parse(hash, &options, pepper.as_ref())
}

fn cheap(hash: &str) -> Recipe {
    let (_, options) = CHEAP.into_iter().find(|(word, _)| *word == hash).unwrap();
    parse(hash, options, (hash == "flask-security").then_some(FLASK_SALT)).unwrap()
}

fn password(text: &str) -> NewPassword {
    NewPassword::parse(text.to_owned()).unwrap()
}

fn input(recipe: &Recipe, typed: &str) -> Result<String, Unfit> {
    recipe.input(&password(typed)).map(|input| String::from_utf8(input.to_vec()).unwrap())
}

#[test]
fn every_new_hash_verifies_and_is_described_as_its_recipe() {
    for (word, _) in CHEAP.into_iter().filter(|(word, _)| *word != "plain") {
        let recipe = cheap(word);
        for typed in
            [OURS, "it's \"9\\x\" <walnut> & more", "\u{1f511} walnut \u{1f511}", "cafe\u{301}-\u{fb01}sh", " walnut "]
        {
            let hash = recipe.hash(&password(typed)).unwrap();
            assert!(recipe.verify(&password(typed), hash.as_str()), "{word} {typed}");
            assert!(!recipe.verify(&password("walnut-river-lanterm"), hash.as_str()), "{word}");
            assert_eq!(describe(hash.as_str()), recipe.describe(), "{word}");
            assert_ne!(hash, recipe.hash(&password(typed)).unwrap(), "every hash has a salt of its own");
        }
        let (locked, nobodys) = (recipe.random_hash().unwrap(), recipe.nobodys_hash().unwrap());
        for hash in [&locked, &nobodys] {
            assert_eq!(describe(hash.as_str()), recipe.describe(), "{word}");
            assert!(!recipe.verify(&password(OURS), hash.as_str()));
        }
    }
}

#[test]
fn hashes_of_frameworks_are_accepted_by_the_recipe_of_their_app_only() {
    let rows = [
        ("bcrypt", OURS, "$2y$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG"),
        ("wordpress", "it's \"9\\x\" walnut", "$wp$2y$10$9D59O7WOlOwYImsRV8JH/.7YyEw6TN4OsyNaQFJUcj4xzHCFmGeay"),
        ("wordpress", OURS, "$P$BquxXS1NkaJn8W2zcjKewXeNXWnh51/"),
        (
            "better-auth",
            "cafe\u{301}-\u{fb01}sh-lantern",
            "56a6b411a24adee03c861aa75b6a6bc5:da0681ba175617788dce773564c4f06e4921b157645e3385d285a4bc2633742bae85673884b2e804583ed5995b16ffec312f015264911d61b9e50b4201b412a7",
        ),
        (
            "flask-security",
            "caf\u{e9}-\u{fb01}sh-lantern",
            "$argon2id$v=19$m=65536,t=3,p=4$sTSouwgIN3lHh+/BfShRWA$fsVdH/IM6muZaXO94/b623SZ7YX2RzthrkeOy0jD7nU",
        ),
        ("aspnet-v3", "my password", "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg=="),
        (
            "moodle",
            OURS,
            "$6$rounds=10000$tEMnvUp6a3CCY0ki$iXNAa6Q5mIUtrhHlZSSTqY9By0viIvKaJ02XpYXzjHfSFbHBHNxWwmrFagUjJZI58uw0fYjQShdmrQv5gau.g/",
        ),
    ];
    for (word, typed, stored) in rows {
        assert!(cheap(word).verify(&password(typed), stored), "{word} {stored}");
    }
    let unslashed = "$wp$2y$10$FP07MIAKqS5m3/vI7EvIv.jg/FT9xQDnO4cHciQwuFbBNem6YopBO";
    assert!(!cheap("wordpress").verify(&password("it's \"9\\x\" walnut"), unslashed));
    for word in ["django-pbkdf2", "better-auth", "werkzeug-scrypt", "aspnet-v3", "discourse", "argon2id"] {
        assert!(!cheap(word).verify(&password(OURS), rows[0].2), "{word} does not know bare bcrypt");
    }
}

#[test]
fn a_fixed_salt_gives_the_hash_of_the_framework() {
    let of = OURS.as_bytes();
    assert_eq!(
        write::django(1_500_000, b"lantern-river-walnut", "abcdefghijklmnopqrstuv"),
        "pbkdf2_sha256$1500000$abcdefghijklmnopqrstuv$yPCg5WD4HUayb1lUFHW3ads5EItiieFbarT3q5PqyoY="
    );
    let counting: [u8; 16] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    assert_eq!(
        write::aspnet(b"my password", counting),
        "AQAAAAIAAYagAAAAEAABAgMEBQYHCAkKCwwNDg/Q8A0WMKbtHQJQ2DHCdoEeeFBrgNlldq6vH4qX/CGqGQ=="
    );
    let salt = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
    let salt: [u8; 16] = [salt, salt].concat().try_into().unwrap();
    assert_eq!(
        write::discourse(600_000, of, salt),
        "$pbkdf2-sha256$i=600000,l=32$0123456789abcdef0123456789abcdef$57bcc13e8ae5a13d5fc9d4f84c4ae5192fd9b9c55aa8556e3cfec5b0d68f2117"
    );
    let werkzeug = "scrypt:32768:8:1$98cVpqr8RmfbDNKK$2218ccca0ad54c8ca6d6f994730ba387e1a4a64880972a72926be0779c8bf9bcd9eac90e8b34805b9639316d7b5bb660a8a82460213af3698ccdd89e0f95d51d";
    assert_eq!(write::werkzeug(of, "98cVpqr8RmfbDNKK").unwrap(), werkzeug);
    let salt = [0x33, 0x5a, 0xc4, 0x59, 0x60, 0x76, 0x59, 0x35, 0x49, 0xea, 0x1f, 0x67, 0x73, 0xa8, 0xf5, 0x27];
    assert_eq!(
        write::better_auth(of, salt).unwrap(),
        "335ac4596076593549ea1f6773a8f527:d653d485cf094cb6ad0dc2d3d1c1c6e3257d9c878cec11e31174110416058349e85725561c3394eed8b2acf158a23d03752847e670b0c88c56dcec575a976a55"
    );
    let flask = "+/a3v9nTW9g8Itu/uDO6QfZBocUtxRq2Wb6sRc0wn2PYaY37f/157A/mhKAAere0v4ASJc1Xexpw07tYLZTROg==";
    assert_eq!(cheap("flask-security").keyed(of).as_slice(), flask.as_bytes());
}

#[test]
fn a_password_has_the_form_that_the_app_sees() {
    let (quotes, decomposed) = ("it's \"9\\x\" walnut", "cafe\u{301}-\u{fb01}sh-lantern");
    for (word, of_quotes, of_decomposed) in [
        ("bcrypt", quotes, decomposed),
        ("argon2id", quotes, decomposed),
        ("django-pbkdf2", quotes, decomposed),
        ("wordpress", "it\\'s \\\"9\\\\x\\\" walnut", decomposed),
        ("better-auth", quotes, "caf\u{e9}-fish-lantern"),
        ("flask-security", quotes, "cafe\u{301}-fish-lantern"),
        ("phpbb", "it's &quot;9\\x&quot; walnut", "caf\u{e9}-\u{fb01}sh-lantern"),
    ] {
        let recipe = cheap(word);
        assert_eq!(input(&recipe, quotes).as_deref(), Ok(of_quotes), "{word}");
        assert_eq!(input(&recipe, decomposed).as_deref(), Ok(of_decomposed), "{word}");
        assert_eq!(input(&recipe, "\u{1f511}").as_deref(), Ok("\u{1f511}"), "{word}");
        let spaces = if word == "wordpress" { "walnut" } else { " walnut " };
        assert_eq!(input(&recipe, " walnut ").as_deref(), Ok(spaces), "{word}");
    }
    let composing = parse("bcrypt", "cost=4 normalise=nfc", None).unwrap();
    assert_eq!(input(&composing, "cafe\u{301}").as_deref(), Ok("caf\u{e9}"));
}

#[test]
fn what_the_app_could_not_take_is_unfit() {
    let too_long = |max, unit| Err(Unfit::TooLong { max, unit });
    let long = |length: usize| "x".repeat(length);
    let bcrypt = cheap("bcrypt");
    assert!(input(&bcrypt, &long(72)).is_ok());
    assert_eq!(input(&bcrypt, &long(73)), too_long(72, LengthUnit::Octets));
    assert_eq!(input(&bcrypt, &"\u{e9}".repeat(37)), too_long(72, LengthUnit::Octets));
    assert!(input(&parse("bcrypt", "long=cut", None).unwrap(), &long(73)).is_ok());
    assert!(input(&cheap("symfony"), &long(1000)).is_ok());
    let better_auth = cheap("better-auth");
    assert!(input(&better_auth, &"\u{1f511}".repeat(64)).is_ok());
    assert_eq!(input(&better_auth, &("x".to_owned() + &"\u{1f511}".repeat(64))), too_long(128, LengthUnit::Utf16));
    assert_eq!(input(&cheap("moodle"), &long(129)), too_long(128, LengthUnit::Octets));
    assert_eq!(input(&cheap("discourse"), &long(201)), too_long(200, LengthUnit::Utf16));
    assert_eq!(input(&parse("argon2id", "max_bytes=20", None).unwrap(), &long(21)), too_long(20, LengthUnit::Octets));
    for (word, _) in CHEAP {
        let takes_nul = ["wordpress", "symfony"].contains(&word);
        assert_eq!(input(&cheap(word), "wal\0nut").is_ok(), takes_nul, "{word}");
    }
    assert_eq!(input(&cheap("wordpress"), "   "), Err(Unfit::Character));
    // The app refuses them at sign-in, whatever is stored.
    let unlimited = parse("better-auth", "max_utf16=1024", None).unwrap();
    let hash = unlimited.hash(&password(&long(129))).unwrap();
    assert!(unlimited.verify(&password(&long(129)), hash.as_str()));
    assert!(!better_auth.verify(&password(&long(129)), hash.as_str()));
}

#[test]
fn passwords_that_bcrypt_would_cut_are_hashed_as_symfony_does() {
    let long = "correct horse battery ".repeat(4) + "staple";
    let stored = "$2y$13$dlrGWl0pHirbBi60sTMw2O1fpubrREhiu2meVUCArIiKr527v98TG";
    assert!(cheap("symfony").verify(&password(&long), stored));
    assert!(!cheap("symfony").verify(&password(&long[..72]), stored));
    assert!(!cheap("bcrypt").verify(&password(&long), stored));
    let with_nul = cheap("symfony").hash(&password("wal\0nut")).unwrap();
    assert!(cheap("symfony").verify(&password("wal\0nut"), with_nul.as_str()));
    let of_nul = bcrypt::hash("wal\0nut", 4).unwrap();
    assert!(!cheap("bcrypt").verify(&password("wal\0nut"), &of_nul), "PHP and Ruby raise an error");
}

#[test]
fn peppers_are_part_of_new_hashes_only() {
    let devise = parse("bcrypt", "variant=2a cost=4", Some("c0ffee-pepper")).unwrap();
    let stored = "$2a$12$.laTVchi5wgOcMVmbCbgE.Ixxy/aihi8Dlc5ayF3IATjv5k7Nd/Om";
    assert!(devise.verify(&password(OURS), stored));
    assert!(!cheap("bcrypt").verify(&password(OURS), stored));
    let long = devise.hash(&password(&"x".repeat(72))).unwrap();
    assert!(devise.verify(&password(&"x".repeat(72)), long.as_str()), "the pepper is cut on both sides");
    assert!(devise.input(&password(&"x".repeat(73))).is_err());

    let moodle = parse("moodle", "rounds=1000", Some("c0ffee-pepper")).unwrap();
    let hash = moodle.hash(&password(OURS)).unwrap();
    assert!(moodle.verify(&password(OURS), hash.as_str()));
    assert!(!cheap("moodle").verify(&password(OURS), hash.as_str()));
    assert!(moodle.verify(&password(OURS), "$2y$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG"));
    assert!(moodle.verify(&password(OURS), "3f22a5cdca7a2e15eab917db40106aff"));
    assert!(!format!("{moodle:?}").contains("c0ffee"));
}

#[test]
fn a_prefix_is_written_and_read() {
    let spring = parse("bcrypt", "variant=2a cost=4 prefix={bcrypt}", None).unwrap();
    let hash = spring.hash(&password(OURS)).unwrap();
    assert!(hash.as_str().starts_with("{bcrypt}$2a$04$"));
    assert!(spring.verify(&password(OURS), hash.as_str()));
    assert!(!spring.verify(&password(OURS), hash.as_str().strip_prefix("{bcrypt}").unwrap()));
    assert!(spring.verify(&password(OURS), "{SSHA}1KBOoG3eTS6dAdDWvtSDvEQGo1udM+b8"));
    let own = parse("bcrypt", "cost=4 prefix=v2:", None).unwrap();
    let hash = own.hash(&password(OURS)).unwrap();
    assert!(hash.as_str().starts_with("v2:$2b$04$") && own.verify(&password(OURS), hash.as_str()));
}

#[test]
fn a_database_that_hashes_receives_the_password() {
    let plain = cheap("plain");
    assert_eq!(plain.hash(&password(OURS)).unwrap().as_str(), OURS);
    assert!(plain.verify(&password(OURS), "$2a$10$C30T/cxHat.2Mcp2A8alqebLRb25kRKrg2Gc.LdgEmsNjV1AHRtZC"));
    assert!(!plain.verify(&password(OURS), OURS), "a password in plain text proves nothing");
    assert_eq!(plain.random_hash().unwrap().as_str().len(), 43);
    let nobodys = plain.nobodys_hash().unwrap();
    assert_eq!(describe(nobodys.as_str()), "bcrypt $2a$ cost 6");
}

#[test]
fn a_wrong_recipe_is_refused_with_what_is_allowed() {
    let refused = [
        ("md5", "", None),
        ("bcrypt", "cost=16", None),
        ("bcrypt", "cost", None),
        ("bcrypt", "cost=10 cost=12", None),
        ("bcrypt", "variant=2c", None),
        ("bcrypt", "rounds=10", None),
        ("bcrypt", "max_bytes=73", None),
        ("bcrypt", "", Some("")),
        ("bcrypt", "long=sha512", Some("c0ffee")),
        ("django-pbkdf2", "rounds=10000001", None),
        ("django-pbkdf2", "", Some("c0ffee")),
        ("argon2id", "memory=7", None),
        ("flask-security", "", None),
        ("better-auth", "normalise=nfx", None),
    ];
    let sentences: Vec<String> =
        refused.into_iter().map(|(word, options, pepper)| parse(word, options, pepper).unwrap_err()).collect();
    insta::assert_snapshot!(sentences.join("\n"), @r#"
    unknown hash "md5": use one of bcrypt, argon2id, django-pbkdf2, wordpress, better-auth, werkzeug-scrypt, flask-security, aspnet-v3, sha512-crypt, discourse, moodle, phpbb, symfony, plain
    cost must be a number from 4 to 15, not "16"
    "cost" is not an option: write it as name=value
    "cost" is set twice
    variant must be one of 2a, 2b, 2y, not "2c"
    "bcrypt" has no option "rounds": it has variant, cost, long, prefix, normalise, max_bytes, max_utf16
    max_bytes must be a number from 1 to 72, not "73"
    the pepper is empty: remove it, or set the one of the app
    long=sha512 takes no pepper: no app does both
    rounds must be a number from 1000 to 10000000, not "10000001"
    "django-pbkdf2" takes no pepper: only bcrypt, flask-security and moodle do
    memory must be a number from 32 to 262144, not "7"
    "flask-security" needs a pepper: the SECURITY_PASSWORD_SALT of the app
    normalise must be one of raw, nfc, nfkc, nfkd, not "nfx"
    "#);
    for (word, _) in CHEAP {
        assert!(parse(word, "", (word == "flask-security").then_some("salt")).is_ok(), "{word} has defaults");
    }
}
