package config

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/muster/internal/notify"
)

// mailSettings say how mail leaves, and when.
var mailSettings = []setting{
	{
		key: "smtp.host", example: "mail.example.com",
		doc: "the mail server; empty: no mail, or into mail.file",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.smtp().Host = v
			return checkHost(v)
		},
	},
	{
		key: "smtp.port", kind: number, standard: "587 with starttls, 465 with tls, 25 without", example: "587",
		doc: "its port",
		set: func(_ *reader, c *Config, v string) (bad *complaint) {
			c.smtp().Port, bad = parsePort(v)
			return bad
		},
		computed: func(c *Config) string {
			if c.Mail.SMTP == nil {
				return ""
			}
			return map[string]string{"tls": "465", "none": "25"}[c.Mail.SMTP.TLS]
		},
	},
	{
		key: "smtp.tls", standard: "starttls", example: "starttls",
		doc: "starttls: TLS is demanded before anything is said; tls: from the first octet; none: only to a server on a loopback address",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.smtp().TLS = v
			if !slices.Contains([]string{"starttls", "tls", "none"}, v) {
				return &complaint{"not a way to secure a connection", "starttls, tls, or none for a loopback address"}
			}
			return nil
		},
		computed: func(*Config) string { return "" },
	},
	{
		key: "smtp.ca_file", standard: "the system's", example: "/etc/muster/mail-root.crt",
		doc:      "the root certificates to trust for a mail server with a private authority, PEM",
		set:      path(func(c *Config) *string { return &c.smtp().CAFile }),
		computed: func(*Config) string { return "" },
	},
	{
		key: "smtp.username", example: "muster",
		doc: "who we are at the mail server; empty: it needs no sign-in",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.smtp().Username = v
			return checkWords(v, 320)
		},
	},
	{
		key: "smtp.password_file", example: "/etc/muster/smtp-password",
		doc: "the file that holds the password for it; or set MUSTER_SMTP_PASSWORD",
		set: path(func(c *Config) *string { return &c.smtp().PasswordFile }),
	},
	{
		key: "smtp.from", standard: "muster at the host of public_url", example: "mfa@example.com",
		doc: "the address that mails come from",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.Mail.From = v
			c.smtp()
			return checkSender(v)
		},
		computed: func(*Config) string { return "" }, // mail.from has it
	},
	{
		key: "mail.file", example: "/var/spool/muster",
		doc: "a folder that gets each mail as an .eml file, mode 0600, instead of a mail server",
		set: path(func(c *Config) *string { return &c.Mail.File }),
	},
	{
		key: "mail.from", standard: "muster at the host of public_url", example: "mfa@example.com",
		doc: "the address that mails in mail.file come from",
		set: func(_ *reader, c *Config, v string) *complaint {
			if c.Mail.From == "" {
				c.Mail.From = v
			}
			return checkSender(v)
		},
		computed: func(c *Config) string {
			switch {
			case c.Mail.From != "":
				return ""
			case c.PublicURL == nil || net.ParseIP(c.PublicURL.Hostname()) != nil:
				return "muster@localhost"
			}
			return "muster@" + c.PublicURL.Hostname()
		},
	},
	{
		key: "mail.quiet_hours", example: `"20:00-07:00"`,
		doc: "when mails that can wait do wait, in time_zone; security notices and what a person waits for go out at any time",
		set: func(_ *reader, c *Config, v string) (bad *complaint) {
			c.Mail.QuietFrom, c.Mail.QuietUntil, bad = parseQuietHours(v)
			return bad
		},
	},
	{
		key: "mail.working_days", kind: list, standard: "every day", example: "[monday, tuesday, wednesday, thursday, friday]",
		doc: "the days on which mails that can wait go out",
		set: func(_ *reader, c *Config, v string) *complaint {
			day, bad := parseDay(v)
			if bad == nil && slices.Contains(c.Mail.WorkingDays, day) {
				return &complaint{"the same day twice", "remove one"}
			}
			c.Mail.WorkingDays = append(c.Mail.WorkingDays, day)
			return bad
		},
		computed: func(*Config) string { return "" },
	},
	{
		key: "mail.on_setup", kind: flag, standard: "false", example: "true",
		doc: "whether people get a mail when they are added",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.Mail.OnSetup = isTrue(v)
			return nil
		},
	},
	{
		key: "mail.weekly_digest", kind: flag, standard: "true", example: "false",
		doc: "whether administrators get a mail on Monday that says how enrollment stands",
		set: func(_ *reader, c *Config, v string) *complaint {
			c.Mail.WeeklyDigest = isTrue(v)
			return nil
		},
	},
}

func (c *Config) smtp() *SMTP {
	if c.Mail.SMTP == nil {
		c.Mail.SMTP = &SMTP{TLS: "starttls", Port: 587}
	}
	return c.Mail.SMTP
}

// checkHost takes a host name or an IP address, without a port.
func checkHost(s string) *complaint {
	bad := &complaint{"not the name of a host", "for example mail.example.com; the port goes into smtp.port"}
	if net.ParseIP(s) != nil {
		return nil
	}
	if checkDomain(strings.TrimSuffix(s, ".")) != nil {
		return bad
	}
	return nil
}

func parsePort(s string) (int, *complaint) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, &complaint{"the port is not a number from 1 to 65535", ""}
	}
	return int(n), nil
}

// checkSender takes an address that can stand in an envelope.
func checkSender(s string) *complaint {
	if !notify.ValidAddress(s) {
		return &complaint{"not a mail address", "for example it@example.com"}
	}
	return nil
}

// parseQuietHours reads "20:00-07:00".
func parseQuietHours(s string) (from, until time.Duration, bad *complaint) {
	bad = &complaint{"not from one time of day to another", `for example "20:00-07:00"`}
	first, last, ok := strings.Cut(s, "-")
	if !ok {
		return 0, 0, bad
	}
	times := [2]time.Duration{}
	for i, v := range []string{first, last} {
		t, err := time.Parse("15:04", strings.TrimSpace(v))
		if err != nil {
			return 0, 0, bad
		}
		times[i] = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
	}
	if times[0] == times[1] {
		return 0, 0, &complaint{"begins when it ends", "leave it empty for no quiet hours"}
	}
	return times[0], times[1], nil
}

func parseDay(s string) (time.Weekday, *complaint) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(s, day.String()) {
			return day, nil
		}
	}
	return 0, &complaint{"not a day", "monday, tuesday, wednesday, thursday, friday, saturday or sunday"}
}
