# English. Texts of the pages, then of the messages.

ask-title = Forgot your password?
ask-intro = { $ways ->
    [email] Enter the e-mail address of your account. We send you a link to choose a new password.
    [phone] Enter the phone number of your account. We send you a code to choose a new password.
    [email-phone] Enter the e-mail address or the phone number of your account. We send you a link or a code to choose a new password.
   *[other] Enter what you sign in with. We send a link or a code to choose a new password.
}
identifier-label = { $ways ->
    [email] E-mail address
    [phone] Phone number
    [username] Username
    [email-phone] E-mail address or phone number
    [email-username] E-mail address or username
    [phone-username] Phone number or username
   *[other] E-mail address, phone number or username
}
ask-submit = { $ways ->
    [email] Send the link
    [phone] Send the code
   *[other] Send link or code
}
identifier-empty = { $ways ->
    [email] Enter your e-mail address.
    [phone] Enter your phone number.
    [username] Enter your username.
    [email-phone] Enter your e-mail address or phone number.
    [email-username] Enter your e-mail address or username.
    [phone-username] Enter your phone number or username.
   *[other] Enter your e-mail address, phone number or username.
}
identifier-malformed = { $meant ->
    [email] That is not a complete e-mail address. It looks like name@example.com.
    [phone] That is not a complete phone number. Begin with + and the country code, like +1 202 555 0123.
    [extension] A text message cannot reach an extension. Enter the number without it.
   *[username] That cannot be a username: a username has no spaces and no @.
}
too-many-requests = Too many requests. Please try again in { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
}. If we sent you an e-mail before, its link may still be good: look into your spam folder, too.
too-soon = A message was asked for a moment ago. If there is an account, it is on its way; an e-mail may be in your spam folder. You can ask again in { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
}.
redirect-refused = The app that sent you here asks to go back to an address that is not registered. Please tell its support.

check-inbox-title = Check your e-mail
check-inbox-intro = If there is an account for { $identifier }, a message with a link is on its way.
check-inbox-link = Open the link in the message. It is good for { $minutes } minutes.
check-inbox-nothing = Nothing there? Look into your spam folder, and make sure that the address is right.
check-inbox-again = Enter another address or ask again
check-inbox-code = Reading the message on another device?
check-inbox-to-code = Enter the code from the message

code-title = Enter the code
code-intro = { $way ->
    [email] If there is an account for { $identifier }, an e-mail with a code is on its way.
    [sms] If there is an account for { $identifier }, a text message with a code is on its way.
   *[either] If there is an account for { $identifier }, a code is on its way to its phone or its e-mail address.
}
code-label = Code from the message
code-hint = { $way ->
    [email] 8 digits
    [sms] 6 digits
   *[either] 6 digits by text message, 8 digits by e-mail
}
code-time = Time left for this code: { $time }
code-over = A code that was sent a while ago has run out by now. Ask for a new one below.
code-submit = Go on
code-refused = That code is not right, or no longer good. A code is good for { $minutes } minutes and { $tries } tries, and only the newest one counts.
code-risk = Give the code to nobody. Whoever takes over a phone number can read its messages, so use e-mail where you can.
resend-title = Nothing arrived?
resend-spam = Look into your spam folder, too.
resend-wait = A new code makes the old one void. You can ask for one in { $time }.
resend-now = A new code makes the old one void.
resend-submit = Send a new code
resend-email = Send a code by e-mail
resend-sms = Send a code by text message
resend-done = If there is an account, a new code is on its way. Only the newest code works.
resend-other = Enter something else

form-title = Choose a new password
form-account = Account
password-label = New password
password-again-label = New password, once more
password-rules = At least { $min } characters. Several words that do not belong together are easy to remember and hard to guess.
password-show = Show password
password-hide = Hide password
form-submit = Set the new password
strength-label = Strength
strength-3 = Good
strength-4 = Very good
form-wrong-account = Not your account? Close this page: nothing has changed.

another-account = The form on this page belonged to another reset. Look at the account below: if it is yours, enter the password again; if not, close this page.
password-empty = Enter a new password.
password-differ = The two passwords are not the same. Enter the same password twice.
password-too-short = The password is too short. Use at least { $min } characters.
password-too-long = The password is too long. Use at most { $max } characters.
password-too-many-octets = The password is too long. It may have at most { $octets } bytes: letters with accents, characters of other scripts and emoji count as two or more. Use fewer characters.
password-too-long-in-all = The password is too long. Use at most { $max } characters, with at most { $octets } bytes.
password-unusable = The password has a character that does not work here. Use letters, digits, spaces and punctuation.
password-refused-by-app = This password cannot be used here, for example because it was used before. Choose another.
password-common = This password is on a list of leaked or common passwords, so others will try it. Choose another.
password-context = The password is made of your own name, your address or the name of this service. Choose something that has nothing to do with them.
password-weak = This password is easy to guess. Add another word or two.
busy = We are very busy just now. Your password was not changed. Wait a few seconds and try again.

done-title = Your new password is set
done-intro = You can sign in with it now. Other open requests, links and codes for this account no longer work.
done-notice = We have sent you a message to confirm the change.
done-return = Back to the app
done-close = You can close this page.

one-moment-title = One moment, please
one-moment-intro = Very many people are asking for a new password right now. We have kept what you typed: { $identifier }
one-moment-by-itself = You do not need to do anything. This page continues by itself.
one-moment-wait = Wait { $time }, then press Continue.
one-moment-now = You can continue now.
one-moment-still = There are still very many people. Your request has not been sent yet.
one-moment-submit = Continue

slow-down-title = Too many requests

expired-title = This link no longer works
expired-intro = A link works for a limited time and until the password is set. This one has expired, was used, replaced or cancelled, or a part of it was changed on its way. If your message is new, open the link in it again.
expired-again = Ask for a new link

unreadable-title = We cannot read this link
unreadable-intro = A part of the link is missing or was changed on its way. The link in your message may still work: open it there again.
unreadable-copy = If that does not help, copy the whole address from the message into your browser. It is long, and some mail programs break it into two lines: take both.
unreadable-code = Or enter the code from the message instead.

another-link-title = Is this link yours?
another-link-asked = In this browser you asked for a new password for { $account }.
another-link-open = In this browser you were choosing a new password for { $account }.
another-link-this = The link that was just opened comes from another request, for { $account }.
another-link-warning = If you did not make that request, somebody may have sent you the link so that you type a password for their account. Even if the address above looks like yours, do not go on then.
another-link-stay = Enter the code from my message
another-link-back = Back to my form
another-link-sure = Did you make that request yourself, in another browser or earlier?
another-link-submit = Go on with this link

session-lost-title = Let us start again
session-lost-intro = This page belongs to a reset that is not open in this browser any more. Open the link in the message once more, or ask for a new one. If that does not help, allow cookies for this site.

not-me-title = This wasn't you?
not-me-open = Somebody asked for a new password for your account. If it wasn't you, end the request here: the link and the code in that message stop working. Your password stays as it is.
not-me-completed = The password of your account was changed. If it wasn't you, lock it here: the new password stops working at once, and every open request is ended. You can then choose a new password with a fresh link.
not-me-submit-open = End the request
not-me-submit-completed = Lock the new password
not-me-done-title = Done
not-me-done-open = The request is ended. Your password is as it was. If this happens again, tell support.
not-me-done-completed = The new password no longer works. Choose another one now, and change the password of your mailbox, too, if you think that somebody else can read it.
not-me-another-message = Nothing was ended. The page with that button belonged to another message: open the link in that message again.
not-me-unreadable = Nothing was ended. A part of the link is missing or was changed on its way, so we do not know which request it is about. The request may still be open.
not-me-copy = Open the link in the message again. If that does not help, copy the whole address from the message into your browser: it is long and may be broken into two lines.
not-me-waiting = If you cannot open it: only somebody who reads your messages can use the link or the code. Do not pass them on. They stop working { $minutes } minutes after the message was sent, at the latest.
not-me-unknown-title = We do not know this link
not-me-unknown = Nothing was ended. The link is old and its request was deleted some days after it ended, or the link was changed on its way. If your message is from today, open the link in it again.
not-me-each-message = This says nothing about other requests: each message has a link that ends its own request.
not-me-no-link-title = Which request do you mean?
not-me-no-link = Nothing was ended. This page needs the link in a message, and your browser must allow cookies for this site. A request may still be open.
not-me-over-title = This request has ended
not-me-over-cancelled = The request was ended on { $time }. Its link and its code no longer work, and it did not change your password.
not-me-over-expired = The request expired on { $time }. Its link and its code no longer work, and it did not change your password.
not-me-over-elsewhere = This request did not change your password, but on { $time } the password was set with another request.
not-me-over-lock = If that wasn't you, open the link in the message that confirms the change: there you can lock the new password.
not-me-over-replaced = A new password was set with this request on { $time }. That password no longer works: it was locked or replaced later.
not-me-set-title = A new password was set
not-me-over-set = A new password was set with this request on { $time }, and it is in use. This link is too old to lock it.
not-me-over-choose = If it wasn't you, choose another password now. The new one replaces it.

redirect-title = Nothing to do here
redirect-intro = This page opens from the link in a message. If you want to choose a new password, start here.
fault-title = Something went wrong
fault-intro = It is our fault, not yours, and nothing has been changed. Please try again in a moment.
not-found-title = There is no such page
not-found-intro = The address may have been mistyped.
to-start = Ask for a new password
refused-title = This did not work
refused-intro = The request did not come from one of our pages, so nothing was changed. Please start again and use the form there. If you see this message again, update your browser or use another one, and turn off extensions that hide where a request comes from.
too-large-intro = What was sent is too large. Nothing was changed.
malformed-intro = What was sent cannot be read. Nothing was changed.
support = Help

mail-greeting = Hello,
mail-reset-subject = Choose a new password for { $product }
mail-reset-intro = Somebody, probably you, asked for a new password for your { $product } account.
mail-reset-button = Choose a new password
mail-reset-valid = The link is good for { $minutes } minutes. Your password stays as it is until you choose a new one.
mail-reset-code = Did you ask in another window or on another device? Enter this code there. It is good for { $minutes } minutes:
mail-reset-who = Asked on { $time } from the IP address { $address }.
mail-reset-not-me = This wasn't you? You need not do anything. To end the request at once:
mail-reset-not-me-button = This wasn't me
mail-plain-link = If the button does not work, copy this address into your browser:
mail-closed-subject = Codes are switched off for your { $product } account
mail-closed-intro = Too many wrong codes were typed for your { $product } account. So codes, by e-mail and by text message, are switched off for it for now.
mail-closed-fine = Your password is as it was. Signing in works, and so does the link in our e-mails. Codes come back after a day; if they stay off, set a new password with the link in an e-mail. If the wrong codes were not yours, somebody tried to guess, and there is nothing that you must do.
mail-notice-subject = Your { $product } password was changed
mail-notice-intro = The password of your { $product } account was changed on { $time } from the IP address { $address }.
mail-notice-fine = If that was you, all is well and there is nothing to do.
mail-notice-not-me = This wasn't you? Lock the new password now:
mail-notice-support = Do you need help? { $url }
mail-footer = { $product } sends this message because of a request for your account. Nobody will ever ask you for the code or for your password.

# Text messages: 160 characters with the last line, which the program adds. Each has a short form for long names.
sms-code = Your { $product } code: { $code }. It is good for { $minutes } minutes. Nobody will ever ask you for it.
sms-code-short = Your code: { $code }. It is good for { $minutes } minutes.
sms-changed = Your { $product } password was changed on { $time }. Was that not you? Choose a new one at once: { $host }
sms-changed-short = Your password was changed on { $time }. Not by you? Choose a new one: { $host }
sms-closed = Too many wrong codes were typed for your { $product } account: codes are off for now. Your password and links by e-mail still work.
sms-closed-short = Too many wrong codes were typed for your account: codes are off for now. Your password still works.
