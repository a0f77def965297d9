package scim

import (
	"net/http"
	"strings"

	"muster/sync/scim/problem"
	"muster/sync/scim/schema"
	"muster/sync/scim/value"
)

// discovery returns what answers the endpoints that describe the service. They
// are open to everybody; without a token they say nothing of the list, not even
// whether there is one.
func (q *request) discovery() (open bool, get handler) {
	if len(q.steps) == 0 || len(q.steps) > 2 {
		return false, nil
	}
	switch strings.ToLower(q.steps[0]) {
	// Microsoft's reference code has it under the second name.
	case "serviceproviderconfig", "serviceconfiguration":
		if len(q.steps) == 1 {
			return true, (*request).config
		}
	case "schemas":
		return true, (*request).schemas
	case "resourcetypes":
		return true, (*request).resourceTypes
	}
	return false, nil
}

// noFilter refuses a filter, as RFC 7644 section 4 has it.
func (q *request) noFilter() error {
	if q.params.filter != nil {
		return problem.New(http.StatusForbidden, "", "What describes the service cannot be filtered")
	}
	return nil
}

func (q *request) config() (reply, error) {
	if err := q.noFilter(); err != nil {
		return reply{}, err
	}
	supported := func(yes bool, more ...value.Member) value.Value {
		return value.Map(append([]value.Member{value.Field("supported", value.Flag(yes))}, more...)...)
	}
	v := value.Map(
		value.Field("schemas", value.Texts(schema.ConfigURN)),
		value.Field("patch", supported(true)),
		value.Field("bulk", supported(true, value.Field("maxOperations", value.Int(MaxBulk)), value.Field("maxPayloadSize", value.Int(MaxBody)))),
		value.Field("filter", supported(true, value.Field("maxResults", value.Int(MaxPage)))),
		value.Field("changePassword", supported(false)),
		value.Field("sort", supported(true)),
		value.Field("etag", supported(true)),
		value.Field("authenticationSchemes", value.List(value.Map(
			value.Field("type", value.Text("oauthbearertoken")), value.Field("name", value.Text("Bearer token")),
			value.Field("description", value.Text("A token of this list, in the Authorization header")),
			value.Field("specUri", value.Text("https://www.rfc-editor.org/rfc/rfc6750")),
			value.Field("primary", value.Flag(true)),
		))),
		q.meta("ServiceProviderConfig", "/ServiceProviderConfig"),
	)
	for name := range strings.SplitSeq(strings.Join(q.params.attributes, ","), ",") {
		if strings.EqualFold(strings.TrimSpace(name), "pagination") {
			v.Set("pagination", pagination())
		}
	}
	return reply{status: http.StatusOK, body: v.Append(nil)}, nil
}

// pagination tells of RFC 9865. That asks for it to be told (it SHOULD be), but
// clients in use refuse a configuration with a member that RFC 7643 did not
// have, and then do nothing at all. So it is returned on request, as /Schemas
// says: with ?attributes=pagination.
func pagination() value.Value {
	return value.Map(
		value.Field("cursor", value.Flag(true)), value.Field("index", value.Flag(true)),
		value.Field("defaultPaginationMethod", value.Text("index")),
		value.Field("defaultPageSize", value.Int(DefaultPage)), value.Field("maxPageSize", value.Int(MaxPage)),
		value.Field("cursorTimeout", value.Int(int(cursorTimeout.Seconds()))),
	)
}

func (q *request) meta(kind, path string) value.Member {
	return value.Field("meta", value.Map(
		value.Field("resourceType", value.Text(kind)), value.Field("location", value.Text(q.base+path)),
	))
}

func (q *request) schemas() (reply, error) {
	var all []value.Value
	add := func(s *schema.Schema, attributes []schema.Attribute) {
		v := s.Describe(attributes)
		field := q.meta("Schema", "/Schemas/"+s.URN)
		v.Set(field.Name, field.Value)
		all = append(all, v)
	}
	add(&q.types.user.Core, q.types.user.Core.Own())
	for i := range q.types.user.Extensions {
		ext := &q.types.user.Extensions[i]
		add(ext, ext.Attributes)
	}
	add(&q.types.group.Core, q.types.group.Core.Own())
	own := schema.Service()
	for i := range own {
		add(&own[i], own[i].Attributes)
	}
	return q.oneOrAll(all)
}

func (q *request) resourceTypes() (reply, error) {
	var all []value.Value
	for _, k := range []Kind{Users, Groups} {
		t := q.types.Of(k)
		extensions := value.List()
		for i := range t.Extensions {
			extensions.Add(value.Map(
				value.Field("schema", value.Text(t.Extensions[i].URN)), value.Field("required", value.Flag(false)),
			))
		}
		all = append(all, value.Map(
			value.Field("schemas", value.Texts(schema.ResourceTypeURN)),
			value.Field("id", value.Text(t.Name)), value.Field("name", value.Text(t.Name)),
			value.Field("description", value.Text(t.Description)), value.Field("endpoint", value.Text(t.Endpoint)),
			value.Field("schema", value.Text(t.Core.URN)), value.Field("schemaExtensions", extensions),
			q.meta("ResourceType", "/ResourceTypes/"+t.Name),
		))
	}
	return q.oneOrAll(all)
}

// oneOrAll answers with the one that the path names, or with all.
func (q *request) oneOrAll(all []value.Value) (reply, error) {
	if err := q.noFilter(); err != nil {
		return reply{}, err
	}
	if len(q.steps) == 1 {
		v := value.Map(
			value.Field("schemas", value.Texts(listURN)),
			value.Field("totalResults", value.Int(len(all))), value.Field("startIndex", value.Int(1)),
			value.Field("itemsPerPage", value.Int(len(all))), value.Field("Resources", value.List(all...)),
		)
		return reply{status: http.StatusOK, body: v.Append(nil)}, nil
	}
	for i := range all {
		if strings.EqualFold(all[i].Get("id").Text(), q.steps[1]) {
			return reply{status: http.StatusOK, body: all[i].Append(nil)}, nil
		}
	}
	return reply{}, ErrNotFound
}
