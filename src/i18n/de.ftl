# Deutsch. Texte der Seiten, dann der Nachrichten.

ask-title = Passwort vergessen?
ask-intro = { $ways ->
    [email] Geben Sie die E-Mail-Adresse Ihres Kontos ein. Wir schicken Ihnen einen Link, mit dem Sie ein neues Passwort wählen.
    [phone] Geben Sie die Telefonnummer Ihres Kontos ein. Wir schicken Ihnen einen Code, mit dem Sie ein neues Passwort wählen.
    [email-phone] Geben Sie die E-Mail-Adresse oder die Telefonnummer Ihres Kontos ein. Wir schicken Ihnen einen Link oder einen Code, mit dem Sie ein neues Passwort wählen.
   *[other] Geben Sie ein, womit Sie sich anmelden. Wir schicken einen Link oder einen Code, mit dem Sie ein neues Passwort wählen.
}
identifier-label = { $ways ->
    [email] E-Mail-Adresse
    [phone] Telefonnummer
    [username] Benutzername
    [email-phone] E-Mail-Adresse oder Telefonnummer
    [email-username] E-Mail-Adresse oder Benutzername
    [phone-username] Telefonnummer oder Benutzername
   *[other] E-Mail-Adresse, Telefonnummer oder Benutzername
}
ask-submit = { $ways ->
    [email] Link schicken
    [phone] Code schicken
   *[other] Link oder Code schicken
}
identifier-empty = { $ways ->
    [email] Geben Sie Ihre E-Mail-Adresse ein.
    [phone] Geben Sie Ihre Telefonnummer ein.
    [username] Geben Sie Ihren Benutzernamen ein.
    [email-phone] Geben Sie Ihre E-Mail-Adresse oder Telefonnummer ein.
    [email-username] Geben Sie Ihre E-Mail-Adresse oder Ihren Benutzernamen ein.
    [phone-username] Geben Sie Ihre Telefonnummer oder Ihren Benutzernamen ein.
   *[other] Geben Sie Ihre E-Mail-Adresse, Telefonnummer oder Ihren Benutzernamen ein.
}
identifier-malformed = { $meant ->
    [email] Das ist keine vollständige E-Mail-Adresse. Sie sieht aus wie name@example.com.
    [phone] Das ist keine vollständige Telefonnummer. Beginnen Sie mit + und der Landesvorwahl, etwa +49 1512 3456789.
    [extension] Eine SMS erreicht keine Nebenstelle. Geben Sie die Nummer ohne Durchwahl ein.
   *[username] Das kann kein Benutzername sein: Er hat keine Leerzeichen und kein @.
}
too-many-requests = Zu viele Anfragen. Bitte versuchen Sie es in { $minutes ->
    [one] einer Minute
   *[other] { $minutes } Minuten
} wieder. Wenn wir Ihnen schon eine E-Mail geschickt haben, gilt ihr Link vielleicht noch: Sehen Sie auch im Spam-Ordner nach.
too-soon = Eine Nachricht wurde gerade erst angefordert. Wenn es ein Konto gibt, ist sie unterwegs; eine E-Mail kann im Spam-Ordner liegen. Sie können wieder anfordern in { $seconds ->
    [one] einer Sekunde
   *[other] { $seconds } Sekunden
}.
redirect-refused = Die App, von der Sie kommen, möchte zu einer Adresse zurück, die nicht eingetragen ist. Bitte sagen Sie es deren Support.

check-inbox-title = Sehen Sie in Ihr Postfach
check-inbox-intro = Wenn es zu { $identifier } ein Konto gibt, ist eine Nachricht mit einem Link unterwegs.
check-inbox-link = Öffnen Sie den Link in der Nachricht. Er gilt { $minutes } Minuten.
check-inbox-nothing = Nichts angekommen? Sehen Sie im Spam-Ordner nach und prüfen Sie, ob die Adresse stimmt.
check-inbox-again = Andere Adresse eingeben oder erneut anfordern
check-inbox-code = Lesen Sie die Nachricht auf einem anderen Gerät?
check-inbox-to-code = Code aus der Nachricht eingeben

code-title = Code eingeben
code-intro = { $way ->
    [email] Wenn es zu { $identifier } ein Konto gibt, ist eine E-Mail mit einem Code unterwegs.
    [sms] Wenn es zu { $identifier } ein Konto gibt, ist eine SMS mit einem Code unterwegs.
   *[either] Wenn es zu { $identifier } ein Konto gibt, ist ein Code an dessen Telefon oder E-Mail-Adresse unterwegs.
}
code-label = Code aus der Nachricht
code-hint = { $way ->
    [email] 8 Ziffern
    [sms] 6 Ziffern
   *[either] 6 Ziffern per SMS, 8 Ziffern per E-Mail
}
code-time = Zeit für diesen Code: noch { $time }
code-over = Ein Code, der vor einer Weile geschickt wurde, ist jetzt abgelaufen. Fordern Sie unten einen neuen an.
code-submit = Weiter
code-refused = Dieser Code stimmt nicht oder gilt nicht mehr. Ein Code gilt { $minutes } Minuten und { $tries } Versuche, und nur der neueste zählt.
code-risk = Geben Sie den Code niemandem. Wer eine Telefonnummer übernimmt, kann deren SMS lesen: Nutzen Sie E-Mail, wo Sie können.
resend-title = Nichts angekommen?
resend-spam = Sehen Sie auch im Spam-Ordner nach.
resend-wait = Ein neuer Code macht den alten ungültig. Sie können ihn in { $time } anfordern.
resend-now = Ein neuer Code macht den alten ungültig.
resend-submit = Neuen Code schicken
resend-email = Code per E-Mail schicken
resend-sms = Code per SMS schicken
resend-done = Wenn es ein Konto gibt, ist ein neuer Code unterwegs. Nur der neueste Code gilt.
resend-other = Etwas anderes eingeben

form-title = Neues Passwort wählen
form-account = Konto
password-label = Neues Passwort
password-again-label = Neues Passwort noch einmal
password-rules = Mindestens { $min } Zeichen. Mehrere Wörter, die nichts miteinander zu tun haben, merkt man sich leicht, und sie sind schwer zu erraten.
password-show = Passwort zeigen
password-hide = Passwort verbergen
form-submit = Neues Passwort setzen
strength-label = Stärke
strength-3 = Gut
strength-4 = Sehr gut
form-wrong-account = Nicht Ihr Konto? Schließen Sie diese Seite: Es hat sich nichts geändert.

another-account = Das Formular auf dieser Seite gehörte zu einer anderen Anfrage. Prüfen Sie das Konto unten: Ist es Ihres, geben Sie das Passwort noch einmal ein; wenn nicht, schließen Sie diese Seite.
password-empty = Geben Sie ein neues Passwort ein.
password-differ = Die beiden Passwörter sind nicht gleich. Geben Sie zweimal dasselbe ein.
password-too-short = Das Passwort ist zu kurz. Nehmen Sie mindestens { $min } Zeichen.
password-too-long = Das Passwort ist zu lang. Nehmen Sie höchstens { $max } Zeichen.
password-too-many-octets = Das Passwort ist zu lang. Es darf höchstens { $octets } Bytes haben: Buchstaben mit Akzent, Zeichen anderer Schriften und Emojis zählen als zwei oder mehr. Nehmen Sie weniger Zeichen.
password-too-long-in-all = Das Passwort ist zu lang. Nehmen Sie höchstens { $max } Zeichen mit höchstens { $octets } Bytes.
password-unusable = Das Passwort hat ein Zeichen, das hier nicht funktioniert. Nehmen Sie Buchstaben, Ziffern, Leerzeichen und Satzzeichen.
password-refused-by-app = Dieses Passwort kann hier nicht verwendet werden, zum Beispiel weil es schon einmal benutzt wurde. Wählen Sie ein anderes.
password-common = Dieses Passwort steht auf einer Liste bekannter oder gestohlener Passwörter; andere werden es ausprobieren. Wählen Sie ein anderes.
password-context = Das Passwort besteht aus Ihrem Namen, Ihrer Adresse oder dem Namen dieses Dienstes. Wählen Sie etwas, das damit nichts zu tun hat.
password-weak = Dieses Passwort ist leicht zu erraten. Fügen Sie noch ein oder zwei Wörter hinzu.
busy = Im Moment ist sehr viel los. Ihr Passwort wurde nicht geändert. Warten Sie ein paar Sekunden und versuchen Sie es noch einmal.

done-title = Ihr neues Passwort gilt
done-intro = Sie können sich jetzt damit anmelden. Andere offene Anfragen, Links und Codes zu diesem Konto gelten nicht mehr.
done-notice = Wir haben Ihnen eine Nachricht geschickt, die die Änderung bestätigt.
done-return = Zurück zur App
done-close = Sie können diese Seite schließen.

one-moment-title = Einen Moment, bitte
one-moment-intro = Gerade fordern sehr viele Menschen ein neues Passwort an. Ihre Eingabe ist noch da: { $identifier }
one-moment-by-itself = Sie müssen nichts tun. Diese Seite macht von selbst weiter.
one-moment-wait = Warten Sie { $time }, dann drücken Sie „Weiter“.
one-moment-now = Sie können jetzt weitermachen.
one-moment-still = Es sind noch immer sehr viele Menschen da. Ihre Anfrage ist noch nicht abgeschickt.
one-moment-submit = Weiter

slow-down-title = Zu viele Anfragen

expired-title = Dieser Link gilt nicht mehr
expired-intro = Ein Link gilt für begrenzte Zeit und bis das Passwort gesetzt ist. Dieser ist abgelaufen, wurde benutzt, ersetzt oder abgebrochen, oder ein Teil davon wurde unterwegs verändert. Ist Ihre Nachricht neu, öffnen Sie den Link darin noch einmal.
expired-again = Neuen Link anfordern

unreadable-title = Wir können diesen Link nicht lesen
unreadable-intro = Ein Teil des Links fehlt oder wurde unterwegs verändert. Der Link in Ihrer Nachricht funktioniert vielleicht noch: Öffnen Sie ihn dort noch einmal.
unreadable-copy = Hilft das nicht, kopieren Sie die ganze Adresse aus der Nachricht in Ihren Browser. Sie ist lang, und manche Mailprogramme brechen sie in zwei Zeilen um: Nehmen Sie beide.
unreadable-code = Oder geben Sie stattdessen den Code aus der Nachricht ein.

another-link-title = Ist das Ihr Link?
another-link-asked = In diesem Browser haben Sie ein neues Passwort für { $account } angefordert.
another-link-open = In diesem Browser waren Sie dabei, ein neues Passwort für { $account } zu wählen.
another-link-this = Der Link, der gerade geöffnet wurde, gehört zu einer anderen Anfrage, für { $account }.
another-link-warning = Wenn diese Anfrage nicht von Ihnen ist, hat Ihnen vielleicht jemand den Link geschickt, damit Sie ein Passwort für ein fremdes Konto eingeben. Machen Sie dann nicht weiter, auch wenn die Adresse oben wie Ihre aussieht.
another-link-stay = Code aus meiner Nachricht eingeben
another-link-back = Zurück zu meinem Formular
another-link-sure = Haben Sie diese Anfrage selbst gestellt, in einem anderen Browser oder früher?
another-link-submit = Mit diesem Link weitermachen

session-lost-title = Fangen wir noch einmal an
session-lost-intro = Diese Seite gehört zu einem Vorgang, der in diesem Browser nicht mehr offen ist. Öffnen Sie den Link in der Nachricht noch einmal oder fordern Sie einen neuen an. Hilft das nicht, erlauben Sie Cookies für diese Seite.

not-me-title = Das waren Sie nicht?
not-me-open = Jemand hat ein neues Passwort für Ihr Konto angefordert. Wenn Sie es nicht waren, beenden Sie die Anfrage hier: Link und Code in der Nachricht gelten dann nicht mehr. Ihr Passwort bleibt, wie es ist.
not-me-completed = Das Passwort Ihres Kontos wurde geändert. Wenn Sie es nicht waren, sperren Sie es hier: Das neue Passwort gilt sofort nicht mehr, und jede offene Anfrage ist beendet. Danach können Sie mit einem frischen Link ein neues wählen.
not-me-submit-open = Anfrage beenden
not-me-submit-completed = Neues Passwort sperren
not-me-done-title = Erledigt
not-me-done-open = Die Anfrage ist beendet. Ihr Passwort ist, wie es war. Kommt das öfter vor, sagen Sie es dem Support.
not-me-done-completed = Das neue Passwort gilt nicht mehr. Wählen Sie jetzt ein anderes, und ändern Sie auch das Passwort Ihres Postfachs, wenn Sie glauben, dass jemand anderes es lesen kann.
not-me-another-message = Es wurde nichts beendet. Die Seite mit diesem Knopf gehörte zu einer anderen Nachricht: Öffnen Sie den Link in jener Nachricht noch einmal.
not-me-unreadable = Es wurde nichts beendet. Ein Teil des Links fehlt oder wurde unterwegs verändert; deshalb wissen wir nicht, um welche Anfrage es geht. Die Anfrage kann noch offen sein.
not-me-copy = Öffnen Sie den Link in der Nachricht noch einmal. Hilft das nicht, kopieren Sie die ganze Adresse aus der Nachricht in Ihren Browser: Sie ist lang und kann in zwei Zeilen umgebrochen sein.
not-me-waiting = Wenn Sie ihn nicht öffnen können: Nur wer Ihre Nachrichten liest, kann den Link oder den Code benutzen. Geben Sie beide nicht weiter. Sie gelten spätestens { $minutes } Minuten nach dem Versand der Nachricht nicht mehr.
not-me-unknown-title = Wir kennen diesen Link nicht
not-me-unknown = Es wurde nichts beendet. Der Link ist alt, und seine Anfrage wurde einige Tage nach ihrem Ende gelöscht, oder der Link wurde unterwegs verändert. Ist Ihre Nachricht von heute, öffnen Sie den Link darin noch einmal.
not-me-each-message = Über andere Anfragen sagt das nichts: Jede Nachricht hat einen Link, der ihre eigene Anfrage beendet.
not-me-no-link-title = Welche Anfrage meinen Sie?
not-me-no-link = Es wurde nichts beendet. Diese Seite braucht den Link aus einer Nachricht, und Ihr Browser muss Cookies für diese Seite erlauben. Eine Anfrage kann noch offen sein.
not-me-over-title = Diese Anfrage ist beendet
not-me-over-cancelled = Die Anfrage wurde am { $time } beendet. Ihr Link und ihr Code gelten nicht mehr, und sie hat Ihr Passwort nicht geändert.
not-me-over-expired = Die Anfrage ist am { $time } abgelaufen. Ihr Link und ihr Code gelten nicht mehr, und sie hat Ihr Passwort nicht geändert.
not-me-over-elsewhere = Diese Anfrage hat Ihr Passwort nicht geändert, aber am { $time } wurde das Passwort mit einer anderen Anfrage gesetzt.
not-me-over-lock = Wenn Sie das nicht waren, öffnen Sie den Link in der Nachricht, die die Änderung bestätigt: Dort können Sie das neue Passwort sperren.
not-me-over-replaced = Mit dieser Anfrage wurde am { $time } ein neues Passwort gesetzt. Dieses Passwort gilt nicht mehr: Es wurde später gesperrt oder ersetzt.
not-me-set-title = Ein neues Passwort wurde gesetzt
not-me-over-set = Mit dieser Anfrage wurde am { $time } ein neues Passwort gesetzt, und es gilt. Dieser Link ist zu alt, um es zu sperren.
not-me-over-choose = Wenn Sie es nicht waren, wählen Sie jetzt ein anderes Passwort. Das neue ersetzt es.

redirect-title = Hier ist nichts zu tun
redirect-intro = Diese Seite öffnet sich über den Link in einer Nachricht. Wenn Sie ein neues Passwort wählen möchten, beginnen Sie hier.
fault-title = Etwas ist schiefgegangen
fault-intro = Es liegt an uns, nicht an Ihnen, und es hat sich nichts geändert. Bitte versuchen Sie es gleich noch einmal.
not-found-title = Diese Seite gibt es nicht
not-found-intro = Vielleicht enthält die Adresse einen Tippfehler.
to-start = Neues Passwort anfordern
refused-title = Das hat nicht geklappt
refused-intro = Die Anfrage kam nicht von einer unserer Seiten, deshalb wurde nichts geändert. Bitte fangen Sie noch einmal von vorn an und benutzen Sie das Formular dort. Erscheint diese Meldung wieder, aktualisieren Sie Ihren Browser oder nehmen Sie einen anderen, und schalten Sie Erweiterungen aus, die die Herkunft von Anfragen verbergen.
too-large-intro = Was geschickt wurde, ist zu groß. Es wurde nichts geändert.
malformed-intro = Was geschickt wurde, ist nicht lesbar. Es wurde nichts geändert.
support = Hilfe

mail-greeting = Guten Tag,
mail-reset-subject = Neues Passwort für { $product } wählen
mail-reset-intro = jemand, wahrscheinlich Sie, hat ein neues Passwort für Ihr Konto bei { $product } angefordert.
mail-reset-button = Neues Passwort wählen
mail-reset-valid = Der Link gilt { $minutes } Minuten. Ihr Passwort bleibt, wie es ist, bis Sie ein neues wählen.
mail-reset-code = Haben Sie in einem anderen Fenster oder auf einem anderen Gerät angefragt? Geben Sie dort diesen Code ein. Er gilt { $minutes } Minuten:
mail-reset-who = Angefordert am { $time } von der IP-Adresse { $address }.
mail-reset-not-me = Das waren Sie nicht? Sie müssen nichts tun. Um die Anfrage sofort zu beenden:
mail-reset-not-me-button = Das war ich nicht
mail-plain-link = Wenn die Schaltfläche nicht funktioniert, kopieren Sie diese Adresse in Ihren Browser:
mail-closed-subject = Codes sind für Ihr Konto bei { $product } ausgeschaltet
mail-closed-intro = für Ihr Konto bei { $product } wurden zu viele falsche Codes eingegeben. Deshalb sind Codes per E-Mail und per SMS dafür vorerst ausgeschaltet.
mail-closed-fine = Ihr Passwort ist, wie es war. Sie können sich anmelden, und der Link in unseren E-Mails funktioniert. Codes gibt es nach einem Tag wieder; wenn nicht, setzen Sie mit dem Link in einer E-Mail ein neues Passwort. Wenn die falschen Codes nicht von Ihnen waren, hat jemand zu raten versucht, und Sie müssen nichts tun.
mail-notice-subject = Ihr Passwort bei { $product } wurde geändert
mail-notice-intro = das Passwort Ihres Kontos bei { $product } wurde am { $time } von der IP-Adresse { $address } geändert.
mail-notice-fine = Wenn Sie das waren, ist alles gut und nichts zu tun.
mail-notice-not-me = Das waren Sie nicht? Sperren Sie das neue Passwort jetzt:
mail-notice-support = Brauchen Sie Hilfe? { $url }
mail-footer = { $product } schickt diese Nachricht wegen einer Anfrage zu Ihrem Konto. Niemand wird Sie je nach dem Code oder nach Ihrem Passwort fragen.

# SMS: 160 Zeichen mit der letzten Zeile, die das Programm anfügt. Jede hat eine kurze Form für lange Namen.
sms-code = Ihr Code für { $product }: { $code }. Er gilt { $minutes } Minuten. Niemand wird Sie je danach fragen.
sms-code-short = Ihr Code: { $code }. Er gilt { $minutes } Minuten.
sms-changed = Ihr Passwort bei { $product } wurde am { $time } geändert. Das waren Sie nicht? Wählen Sie sofort ein neues: { $host }
sms-changed-short = Ihr Passwort wurde am { $time } geändert. Nicht von Ihnen? Wählen Sie ein neues: { $host }
sms-closed = Für Ihr Konto bei { $product } wurden zu viele falsche Codes eingegeben: Codes sind vorerst aus. Passwort und Links in E-Mails funktionieren.
sms-closed-short = Für Ihr Konto wurden zu viele falsche Codes eingegeben: Codes sind vorerst aus. Ihr Passwort funktioniert weiter.
