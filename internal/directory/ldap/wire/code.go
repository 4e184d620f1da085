package wire

import "strconv"

// Code is a result code (RFC 4511 section 4.1.9 and appendix A).
type Code int32

// The codes that are treated on their own.
const (
	Success                      Code = 0
	OperationsError              Code = 1
	ProtocolError                Code = 2
	TimeLimitExceeded            Code = 3
	SizeLimitExceeded            Code = 4
	StrongerAuthRequired         Code = 8
	Referral                     Code = 10
	AdminLimitExceeded           Code = 11
	UnavailableCriticalExtension Code = 12
	ConfidentialityRequired      Code = 13
	ConstraintViolation          Code = 19
	NoSuchObject                 Code = 32
	InvalidDNSyntax              Code = 34
	InappropriateAuthentication  Code = 48
	InvalidCredentials           Code = 49
	InsufficientAccessRights     Code = 50
	Busy                         Code = 51
	Unavailable                  Code = 52
	UnwillingToPerform           Code = 53
	Other                        Code = 80
	SyncRefreshRequired          Code = 4096 // RFC 4533 section 2.6
)

var codeNames = map[Code]string{
	Success:                      "success",
	OperationsError:              "operationsError",
	ProtocolError:                "protocolError",
	TimeLimitExceeded:            "timeLimitExceeded",
	SizeLimitExceeded:            "sizeLimitExceeded",
	StrongerAuthRequired:         "strongerAuthRequired",
	Referral:                     "referral",
	AdminLimitExceeded:           "adminLimitExceeded",
	UnavailableCriticalExtension: "unavailableCriticalExtension",
	ConfidentialityRequired:      "confidentialityRequired",
	ConstraintViolation:          "constraintViolation",
	NoSuchObject:                 "noSuchObject",
	InvalidDNSyntax:              "invalidDNSyntax",
	InappropriateAuthentication:  "inappropriateAuthentication",
	InvalidCredentials:           "invalidCredentials",
	InsufficientAccessRights:     "insufficientAccessRights",
	Busy:                         "busy",
	Unavailable:                  "unavailable",
	UnwillingToPerform:           "unwillingToPerform",
	Other:                        "other",
	SyncRefreshRequired:          "e-syncRefreshRequired",
}

// String returns the code's name in the standard and its number.
func (c Code) String() string {
	number := strconv.Itoa(int(c))
	if name, ok := codeNames[c]; ok {
		return number + " " + name
	}
	return number
}
