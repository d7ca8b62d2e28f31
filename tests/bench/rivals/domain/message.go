// SPDX-License-Identifier: Apache-2.0

package domain

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// Rejection is why a command can never succeed as it is.
type Rejection struct{ Reason string }

func (r *Rejection) Error() string { return r.Reason }

func Reject(format string, args ...any) error { return &Rejection{fmt.Sprintf(format, args...)} }

func IsRejection(err error) bool {
	var rejection *Rejection
	return errors.As(err, &rejection)
}

type Command struct {
	Type     string      `json:"type"`
	Ref      *string     `json:"ref"`
	BatchRef *string     `json:"batchref"`
	OrderID  *string     `json:"orderid"`
	SKU      *string     `json:"sku"`
	Qty      json.Number `json:"qty"`
	ETA      *string     `json:"eta"`

	Quantity int64  `json:"-"`
	Arrives  string `json:"-"`
}

func (c *Command) Line() Line { return Line{*c.OrderID, c.Quantity} }

func Decode(payload []byte) (*Command, error) {
	c := &Command{}
	if err := json.Unmarshal(payload, c); err != nil {
		return nil, Reject("%v", err)
	}
	needsRef, needsSKU, needsOrder := false, true, false
	switch c.Type {
	case "CreateBatch":
		needsRef = true
	case "Allocate", "Deallocate":
		needsOrder = true
	case "ChangeBatchQuantity":
		if c.Ref != nil && c.BatchRef != nil && *c.Ref != *c.BatchRef {
			return nil, Reject("ref and batchref differ")
		}
		if c.Ref == nil {
			c.Ref = c.BatchRef
		}
		needsRef, needsSKU = true, false
	default:
		return nil, Reject("type: one of the four commands was expected")
	}
	if err := errors.Join(named("ref", c.Ref, needsRef), named("orderid", c.OrderID, needsOrder), named("sku", c.SKU, needsSKU)); err != nil {
		return nil, err
	}
	return c, c.readNumbers(needsOrder)
}

func (c *Command) readNumbers(isLine bool) error {
	var err error
	if c.Quantity, err = strconv.ParseInt(string(c.Qty), 10, 64); err != nil || c.Quantity < 0 || c.Quantity > math.MaxInt32 || isLine && c.Quantity == 0 || c.Qty == "-0" {
		return Reject("qty: a quantity was expected")
	}
	if c.ETA == nil {
		return nil
	}
	if len(*c.ETA) >= 10 {
		c.Arrives = (*c.ETA)[:10]
	}
	if _, err := time.Parse(time.DateOnly, c.Arrives); err != nil || len(*c.ETA) > 10 && (*c.ETA)[10] != 'T' {
		return Reject("eta: a date was expected")
	}
	return nil
}

func named(field string, value *string, isNeeded bool) error {
	if !isNeeded {
		return nil
	}
	if value == nil || *value == "" || len(*value) > 255 || !utf8.ValidString(*value) {
		return Reject("%s: an identifier was expected", field)
	}
	for _, r := range *value {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return Reject("%s: a control character", field)
		}
	}
	return nil
}

// Payload is an event as it goes out; its type is a header.
func (e *Event) Payload() []byte {
	payload, err := json.Marshal(struct {
		OrderID  string `json:"orderid"`
		SKU      string `json:"sku"`
		Qty      int64  `json:"qty"`
		BatchRef string `json:"batchref,omitempty"`
	}{e.OrderID, e.SKU, e.Qty, e.BatchRef})
	if err != nil {
		panic(err) // of strings and numbers
	}
	return payload
}
