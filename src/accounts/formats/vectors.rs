//! Hashes that other programs wrote: each is recognised, described and verified.

use super::FormatError::{Damaged, TooCostly, Unknown};
use super::argon2::Memory;
use super::{StoredHash, describe};

const OURS: &str = "walnut-river-lantern";

/// Written and verified by the frameworks themselves: what they hash, what they store, how it is described.
const FRAMEWORKS: [(&str, &str, &str); 40] = [
    (
        OURS,
        "pbkdf2_sha256$1500000$I6UVtm2yoc7wdPmRzuSp2l$LrLOnMxbEwA22PFvJ+ymnM1YiNhLzQ8SvI8Mp8Avz84=",
        "django pbkdf2_sha256 1,500,000 rounds",
    ),
    (
        OURS,
        "pbkdf2_sha1$1500000$JO2mpdBmMHkWtqxJLrI0Pl$KmG6JzCcZaekPel60PbjJOoQnH0=",
        "django pbkdf2_sha1 1,500,000 rounds",
    ),
    (
        OURS,
        "argon2$argon2id$v=19$m=102400,t=2,p=8$WjhSZ2lEUHFiNWNNNU56TGtNcnBMOQ$xu7taLciFBqqX5T/QHtPntMHsGsuAwllzq7/AUXxaz8",
        "django argon2id m=102400,t=2,p=8",
    ),
    (
        OURS,
        "bcrypt_sha256$$2b$12$jYSfv3Vh7xKU3g57VzYktu7Uhh4jlShjs9.jZv6H8lfyO9ik5QWa2",
        "django bcrypt_sha256 $2b$ cost 12",
    ),
    (OURS, "bcrypt$$2b$12$j08EJ4uCMriJGRXs9XPA1edI9R1maPQS2/SyVQhdBzYj0wCmQFndS", "django bcrypt $2b$ cost 12"),
    (
        OURS,
        "scrypt$16384$bDoQnGuiKbzvB11QwoxlVj$8$5$Z6a4UqNBFuetS4jtJVRcOLuwtGxi6zUpj/yoB74MEz5BIyN73FSUdTgXVnq4/YUvpr6IeMnjB3Qlts4Zn6hc8w==",
        "django scrypt N=16384,r=8,p=5",
    ),
    (
        OURS,
        "pbkdf2_sha256$1000000$NXZWxyaxv8KdTlha929pR9$sXikY092yEO1o9TNAVtmv7/9mcCGUJJsRxaa5GN3KXA=",
        "django pbkdf2_sha256 1,000,000 rounds",
    ),
    (
        "lantern-river-walnut",
        "pbkdf2_sha256$1500000$abcdefghijklmnopqrstuv$yPCg5WD4HUayb1lUFHW3ads5EItiieFbarT3q5PqyoY=",
        "django pbkdf2_sha256 1,500,000 rounds",
    ),
    (OURS, "$2y$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG", "bcrypt $2y$ cost 12"),
    (
        OURS,
        "$argon2id$v=19$m=65536,t=4,p=1$Z0Y4eTZXL2NPVGlaaU1YUQ$w10jLLpjXk75UoNxcFYGGTgISVmNOtBgmy4F755cB4Q",
        "argon2id m=65536,t=4,p=1",
    ),
    (OURS, "$2a$12$yU6d2jJKVi.5mlF0J6ydyO4Usw64nZpqK9Nn276PQA4ybExjDMybm", "bcrypt $2a$ cost 12"),
    (
        "walnut-river-lanternc0ffee-pepper",
        "$2a$12$.laTVchi5wgOcMVmbCbgE.Ixxy/aihi8Dlc5ayF3IATjv5k7Nd/Om",
        "bcrypt $2a$ cost 12",
    ),
    (OURS, "$2a$12$VbKsGqaCL7YTaUv.uLg0teUzfGamxzd4WzIJorVuuySj//io1CWya", "bcrypt $2a$ cost 12"),
    (OURS, "$2y$13$3OYpfRvphJtSq24Lgijd/uwU6V1w1ytGxHowmcsmiXSaKTsZ6Ne7O", "bcrypt $2y$ cost 13"),
    (OURS, "$wp$2y$10$7aIgmc44ld.3x5YtuMCRQug3pTuByVEGsu/kbS3HJnBeLaCId0OQ6", "wordpress bcrypt $2y$ cost 10"),
    (
        "it\\'s \\\"9\\\\x\\\" walnut",
        "$wp$2y$10$9D59O7WOlOwYImsRV8JH/.7YyEw6TN4OsyNaQFJUcj4xzHCFmGeay",
        "wordpress bcrypt $2y$ cost 10",
    ),
    (
        "it's \"9\\x\" walnut",
        "$wp$2y$10$FP07MIAKqS5m3/vI7EvIv.jg/FT9xQDnO4cHciQwuFbBNem6YopBO",
        "wordpress bcrypt $2y$ cost 10",
    ),
    (OURS, "$P$BquxXS1NkaJn8W2zcjKewXeNXWnh51/", "phpass md5 8,192 rounds"),
    (OURS, "3f22a5cdca7a2e15eab917db40106aff", "md5"),
    (
        OURS,
        "335ac4596076593549ea1f6773a8f527:d653d485cf094cb6ad0dc2d3d1c1c6e3257d9c878cec11e31174110416058349e85725561c3394eed8b2acf158a23d03752847e670b0c88c56dcec575a976a55",
        "better-auth scrypt N=16384,r=16,p=1",
    ),
    (
        "caf\u{e9}-fish-lantern",
        "56a6b411a24adee03c861aa75b6a6bc5:da0681ba175617788dce773564c4f06e4921b157645e3385d285a4bc2633742bae85673884b2e804583ed5995b16ffec312f015264911d61b9e50b4201b412a7",
        "better-auth scrypt N=16384,r=16,p=1",
    ),
    (
        OURS,
        "scrypt:32768:8:1$98cVpqr8RmfbDNKK$2218ccca0ad54c8ca6d6f994730ba387e1a4a64880972a72926be0779c8bf9bcd9eac90e8b34805b9639316d7b5bb660a8a82460213af3698ccdd89e0f95d51d",
        "werkzeug scrypt N=32768,r=8,p=1",
    ),
    (
        OURS,
        "pbkdf2:sha256:1000000$wtBjs9NF5oPcwh8w$d7006aa3d7a357f83f366e736ffeae86ee7bc6a114216f80b0ace62433c0df77",
        "werkzeug pbkdf2_sha256 1,000,000 rounds",
    ),
    (
        "+/a3v9nTW9g8Itu/uDO6QfZBocUtxRq2Wb6sRc0wn2PYaY37f/157A/mhKAAere0v4ASJc1Xexpw07tYLZTROg==",
        "$argon2id$v=19$m=65536,t=3,p=4$gFAKwXgv5TznXKuVsjaGMA$gkrL61hdTjOWyQPH1v5BJijrV84xdPUnQ03Zp00RIws",
        "argon2id m=65536,t=3,p=4",
    ),
    (
        "gm4zvkMECnXhNs8rbks95eH6y61GPtatgGW7UkGwB5kshTJLbVhRW2La3IpOteNFox1eDOQzEpmHRXNFImP8Kw==",
        "$argon2id$v=19$m=65536,t=3,p=4$sTSouwgIN3lHh+/BfShRWA$fsVdH/IM6muZaXO94/b623SZ7YX2RzthrkeOy0jD7nU",
        "argon2id m=65536,t=3,p=4",
    ),
    (
        OURS,
        "$argon2id$v=19$m=65536,t=3,p=4$JlN1KQPbTXOSrXLgXFtTrQ$MrE7zVCCZmAC1QI9rYT9NXomiKn4Rb3jG2XhsuM+JWI",
        "argon2id m=65536,t=3,p=4",
    ),
    (OURS, "$2b$12$aJe6qmCK39qxIoRGwJwx1ONj9rmkhlBgl153xUoqtZxNWrOFqWQ22", "bcrypt $2b$ cost 12"),
    (
        "my password",
        "AQAAAAIAAYagAAAAEAABAgMEBQYHCAkKCwwNDg/Q8A0WMKbtHQJQ2DHCdoEeeFBrgNlldq6vH4qX/CGqGQ==",
        "aspnet pbkdf2_sha512 100,000 rounds",
    ),
    (
        OURS,
        "AQAAAAIAAYagAAAAEAABAgMEBQYHCAkKCwwNDg+PI+pLdq81IkRlMRasXK3iYmMsG6c5rIycgWg9WVfH6Q==",
        "aspnet pbkdf2_sha512 100,000 rounds",
    ),
    (
        "my password",
        "AAABAgMEBQYHCAkKCwwNDg+ukCEMDf0yyQ29NYubggHIVY0sdEUfdyeM+E1LtH1uJg==",
        "aspnet pbkdf2_sha1 1,000 rounds",
    ),
    (
        "my password",
        "AQAAAAEAACcQAAAAEAABAgMEBQYHCAkKCwwNDg+yWU7rLgUwPZb1Itsmra7cbxw2EFpwpVFIEtP+JIuUEw==",
        "aspnet pbkdf2_sha256 10,000 rounds",
    ),
    (OURS, "{bcrypt}$2a$10$Z/ahwy1fDOVv7TIUwfFpwOOf7Ap7Ioz0XLXhfRs8wYRjL3uHf0fCq", "{bcrypt} bcrypt $2a$ cost 10"),
    (OURS, "$2a$10$C30T/cxHat.2Mcp2A8alqebLRb25kRKrg2Gc.LdgEmsNjV1AHRtZC", "bcrypt $2a$ cost 10"),
    (
        OURS,
        "$6$rounds=10000$tEMnvUp6a3CCY0ki$iXNAa6Q5mIUtrhHlZSSTqY9By0viIvKaJ02XpYXzjHfSFbHBHNxWwmrFagUjJZI58uw0fYjQShdmrQv5gau.g/",
        "sha512-crypt 10,000 rounds",
    ),
    (
        OURS,
        "3|$argon2id$v=19$m=65536,t=4,p=1$OGNsSVUxQ1lTYWFSY0tqcA$lo+e3gILL1jgPpdWIPpSguMRSq3ynM2bHsC2E/3DP94",
        "nextcloud argon2id m=65536,t=4,p=1",
    ),
    (
        OURS,
        "$argon2id$v=19$m=65536,t=4,p=2$TG9KL013eGNQYWhuYUpMdQ$Kxhw9bDxfkqufeUmHSDs+BN+ynZW2sqTFC2A+UL/qXg",
        "argon2id m=65536,t=4,p=2",
    ),
    (
        OURS,
        "$pbkdf2-sha256$i=600000,l=32$0123456789abcdef0123456789abcdef$57bcc13e8ae5a13d5fc9d4f84c4ae5192fd9b9c55aa8556e3cfec5b0d68f2117",
        "discourse pbkdf2_sha256 600,000 rounds",
    ),
    (
        OURS,
        "$pbkdf2-sha512$20000$NwYgBCAk5Lx3DiEE4DyHMA$vGCGKzTmz6FDnxYYtAUst/9.kftOEPesy2Uf651TRtuEZYj6DE.s7QQ.cxDvhE2VQ9eqNkG8ubxbKCvZdHlV0g",
        "passlib pbkdf2_sha512 20,000 rounds",
    ),
    (OURS, "{SSHA}1KBOoG3eTS6dAdDWvtSDvEQGo1udM+b8", "{SSHA} salted sha1"),
    (
        "D7syOw0vd+SGeFJ+dlwlaqMfeSidthmZkf5tfarytrnzCMDTgEvVKL8bOnX6zRRTeaTddVUzbWM7vvka/+xpjw==",
        "$2y$13$dlrGWl0pHirbBi60sTMw2O1fpubrREhiu2meVUCArIiKr527v98TG",
        "bcrypt $2y$ cost 13",
    ),
];

/// Older forms, computed with Python's `hashlib` and with OpenSSL from their definitions.
const OLDER: [(&str, &str, &str); 24] = [
    (OURS, "$1$abcdefgh$3GzuQGPuD.LqkvKORWIjZ.", "md5-crypt"),
    (OURS, "$5$abcdefgh$7G4gMb8Se6P.6VkrJi0y6hfSIGseV.SOaEZwv5f4zY5", "sha256-crypt 5,000 rounds"),
    (
        OURS,
        "$6$abcdefgh$VyQUDvEXj9rNqJQwHHDD3M9NhFPDJGY3FS1CYp31qFm1snrqkDarlRmxqnSizOQzK0yJfRUihQVDL4eR7PSuZ.",
        "sha512-crypt 5,000 rounds",
    ),
    (
        OURS,
        "{SHA512-CRYPT}$6$abcdefgh$VyQUDvEXj9rNqJQwHHDD3M9NhFPDJGY3FS1CYp31qFm1snrqkDarlRmxqnSizOQzK0yJfRUihQVDL4eR7PSuZ.",
        "{SHA512-CRYPT} sha512-crypt 5,000 rounds",
    ),
    (
        OURS,
        "{BLF-CRYPT}$2y$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG",
        "{BLF-CRYPT} bcrypt $2y$ cost 12",
    ),
    (OURS, "$2x$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG", "bcrypt $2x$ cost 12"),
    (OURS, "1|$2y$12$bJpr5xe23AsP7XPxid7sm.NyPAgYacLMtIIHj4Yx0.aoWKKxvOmOG", "nextcloud bcrypt $2y$ cost 12"),
    (
        OURS,
        "{argon2@SpringSecurity_v5_8}$argon2id$v=19$m=65536,t=4,p=1$Z0Y4eTZXL2NPVGlaaU1YUQ$w10jLLpjXk75UoNxcFYGGTgISVmNOtBgmy4F755cB4Q",
        "{argon2@SpringSecurity_v5_8} argon2id m=65536,t=4,p=1",
    ),
    (
        OURS,
        "{SSHA512}qSYg5mHvNfuAp6K76I+P7GksWw44LNp5tcT6QgT2o7v8IK5ftza6VuFBG4VianpxeVzAPKssty8F91iEuqVhyAECAwQFBgcI",
        "{SSHA512} salted sha512",
    ),
    (OURS, "{SSHA256}X89Am1NbURzmtX+PvfonAOh4Z75lJlozUozCzZ/pnDcBAgMEBQYHCA==", "{SSHA256} salted sha256"),
    (OURS, "{SHA}nUOJ1qkcmUJCh+gOwlbh/19Q7mI=", "{SHA} sha1"),
    (OURS, "{SMD5}J4rhu4zXOT0aNuRiDgT+tAECAwQFBgcI", "{SMD5} salted md5"),
    (OURS, "9d4389d6a91c99424287e80ec256e1ff5f50ee62", "sha1"),
    (OURS, "md5$seasalt$ab4dc84529a3c324d930619f4e20847d", "django salted md5"),
    (OURS, "sha1$seasalt$144dcd49515d843028d3d240f3da039d93face7d", "django salted sha1"),
    (
        OURS,
        "{sha256}010203040506070807805fbdda99da0b2824bc8b951a2ba09dac3485226cf2a71d81d324c39a76aa",
        "{sha256} salted sha256",
    ),
    (
        OURS,
        "{pbkdf2}0102030405060708983325ba7695d2912948c205057a054aae69dc1607ab421c92cf2923b5d0a174",
        "{pbkdf2} pbkdf2_sha1 185,000 rounds",
    ),
    (
        OURS,
        "{pbkdf2@SpringSecurity_v5_8}01020304050607080102030405060708d54b3ba992f831b3d6ac490c5e710c84e090650aac8ae85de9a06f18f03c3fa7",
        "{pbkdf2@SpringSecurity_v5_8} pbkdf2_sha256 310,000 rounds",
    ),
    (
        OURS,
        "{scrypt@SpringSecurity_v5_8}$100801$AQIDBAUGBwgBAgMEBQYHCA==$9n7zLOfVZZE2L7hJhrgNgCXcv5ATsn2KmdoJ2d+2u/o=",
        "{scrypt@SpringSecurity_v5_8} scrypt N=65536,r=8,p=1",
    ),
    (OURS, "$pbkdf2$4096$AQIDBAUGBwgBAgMEBQYHCA$FKopSStOqv/jED4vDNhXXeNMMmE", "passlib pbkdf2_sha1 4,096 rounds"),
    (
        OURS,
        "$pbkdf2-sha256$i=4096$AQIDBAUGBwgBAgMEBQYHCA$Lwiz1mpOC0FhtD6DtuV2UGMkeOjYFQWeJfcOy9t0B2Q",
        "pbkdf2_sha256 4,096 rounds",
    ),
    (OURS, "$H$9seasaltyNC4id9DuzdDWL7dzI2.dx/", "phpass md5 2,048 rounds"),
    (OURS, "$S$DseasaltyL22cjbz3EytYh/fSfd.zFGLDUwbVmULd7vNnuwRpVoh", "phpass sha512 32,768 rounds"),
    (OURS, "U$S$9seasalty77szSg4LguX4tM2G8cxxxfpWtQYZ5qkBPFABvrXAAn4", "phpass sha512 of an md5 2,048 rounds"),
];

/// Written by the argon2 reference tool, passlib and Django.
const LIBRARIES: [(&str, &str, &str); 6] = [
    (
        "password",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "argon2id m=65536,t=2,p=1",
    ),
    (
        "password",
        "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
        "argon2i m=65536,t=2,p=1",
    ),
    ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "bcrypt $2a$ cost 5"),
    (
        "password",
        "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
        "scrypt N=65536,r=8,p=1",
    ),
    (
        "passwordPASSWORDpassword",
        "$pbkdf2-sha256$i=4096,l=40$c2FsdFNBTFRzYWx0U0FMVHNhbHRTQUxUc2FsdFNBTFRzYWx0$NIyJ28vTKy8y2BS4EW6EzysXNH68GAAYHE4qH7jdU+HGNVGMfaxH6Q",
        "pbkdf2_sha256 4,096 rounds",
    ),
    (
        "l\u{e8}tmein",
        "pbkdf2_sha256$1000000$seasalt$r1uLUxoxpP2Ued/qxvmje7UH9PUJBkRrvf9gGPL7Cps=",
        "django pbkdf2_sha256 1,000,000 rounds",
    ),
];

fn assert_right(rows: &[(&str, &str, &str)]) {
    for (password, stored, description) in rows {
        let hash = StoredHash::parse(stored).unwrap_or_else(|error| panic!("{stored}: {error}"));
        assert!(hash.verify(password.as_bytes(), &mut Memory::none()), "{stored}");
        assert!(!hash.verify(b"walnut-river-lanterm", &mut Memory::none()), "{stored}");
        assert_eq!(describe(stored), *description);
    }
}

#[test]
fn hashes_of_frameworks_verify() {
    assert_right(&FRAMEWORKS);
}

#[test]
fn hashes_in_older_forms_verify() {
    assert_right(&OLDER);
}

#[test]
fn hashes_of_libraries_verify() {
    assert_right(&LIBRARIES);
}

#[test]
fn a_damaged_hash_is_refused_and_no_end_of_it_panics() {
    for (_, stored, _) in FRAMEWORKS.iter().chain(&OLDER).chain(&LIBRARIES) {
        for end in 0..stored.len() {
            let _shortened = StoredHash::parse(&stored[..end]);
            let _described = describe(&stored[..end]);
        }
        let changed = stored.replace(|character: char| character.is_ascii_digit(), "9");
        let _changed = StoredHash::parse(&changed);
        assert!(StoredHash::parse(&format!("{stored}é")).is_err(), "{stored}");
    }
}

#[test]
fn what_is_no_hash_is_refused() {
    for (text, error) in [
        ("plain text", Unknown),
        ("", Unknown),
        ("!qMnXVCxk1isiuTvaE9CeggstJr0O3MnQfsefcUpr", Unknown),
        ("{noop}walnut-river-lantern", Unknown),
        ("{unheard-of}walnut", Unknown),
        ("md5:123", Unknown),
        ("5f4dcc3b5aa765d61d8327deb882cf9", Unknown),
        ("$argon2id$v=19$m=65536", Damaged),
        ("$2b$10$short", Damaged),
        ("pbkdf2_sha256$0$x$y", Damaged),
        ("scrypt:3:8:1$salt$00", Damaged),
        ("$6$rounds=999$salt$hash", Damaged),
    ] {
        assert_eq!(StoredHash::parse(text).err(), Some(error), "{text}");
    }
}

#[test]
fn a_hash_that_would_exhaust_the_server_is_refused() {
    let (digest, hex) = ("CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "00".repeat(64));
    for costly in [
        format!("$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ${digest}"),
        format!("$argon2id$v=19$m=65536,t=21,p=1$c29tZXNhbHQ${digest}"),
        "$2a$16$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned(),
        format!("pbkdf2_sha256$10000001$seasalt${digest}="),
        format!("$pbkdf2-sha256$i=5000001$c29tZXNhbHQ${}", "A".repeat(86)),
        format!("scrypt:524288:8:1$98cVpqr8RmfbDNKK${hex}"),
        format!("scrypt:32768:8:65$98cVpqr8RmfbDNKK${hex}"),
        format!("$6$rounds=1000001$salt${}", "x".repeat(86)),
        format!("$P$Jseasalty{}", "x".repeat(22)),
    ] {
        assert_eq!(StoredHash::parse(&costly).err(), Some(TooCostly), "{costly}");
    }
}

#[test]
fn a_description_repeats_nothing_of_a_password_column() {
    for (stored, description) in [
        ("", "no password (empty)"),
        ("!qMnXVCxk1isiuTvaE9CeggstJr0O3MnQfsefcUpr", "no password (begins with !)"),
        ("not cached", "no password (not cached)"),
        ("{noop}walnut-river-lantern", "{noop}, a password in plain text"),
        ("walnut-river-lantern", "a form that Keyback does not know (20 characters)"),
        ("{\"key\":\"walnut\"}", "JSON, which only the app can decrypt"),
        ("$2b$10$walnut", "the hash is damaged (13 characters)"),
    ] {
        assert_eq!(describe(stored), description);
    }
}
