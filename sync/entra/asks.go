package entra

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoftgraph/msgraph-sdk-go/groups"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"muster/sync/entra/answer"
)

// most is how many objects a page of a list may have (graph/paging); deltas
// have pages of their own size.
const most = 999

// filtered is how many ids the filter of a delta may name, and batched how many
// requests go into a batch (delta-query-overview; graph/json-batching).
const (
	filtered = 50
	batched  = 20
)

type adapter = abstractions.RequestAdapter

// at are the parameters of a path.
func at(a adapter, pairs ...string) map[string]string {
	parameters := map[string]string{"baseurl": a.GetBaseUrl()}
	for i := 0; i < len(pairs); i += 2 {
		parameters[pairs[i]] = pairs[i+1]
	}
	return parameters
}

// eventual are the headers of an advanced query (graph/aad-advanced-queries).
func eventual() *abstractions.RequestHeaders {
	h := abstractions.NewRequestHeaders()
	h.Add("ConsistencyLevel", "eventual")
	return h
}

// askUsers lists everybody.
func askUsers(s *answer.Shape) builders {
	return func(ctx context.Context, a adapter) (*request, error) {
		q := &users.UsersRequestBuilderGetQueryParameters{Select: s.Selected, Top: new(int32(most)), Expand: expanded(s)}
		return users.NewUsersRequestBuilderInternal(at(a), a).ToGetRequestInformation(ctx,
			&users.UsersRequestBuilderGetRequestConfiguration{QueryParameters: q})
	}
}

// askCount asks how many users there are.
func askCount() builders {
	return func(ctx context.Context, a adapter) (*request, error) {
		return users.NewCountRequestBuilderInternal(at(a), a).ToGetRequestInformation(ctx,
			&users.CountRequestBuilderGetRequestConfiguration{Headers: eventual()})
	}
}

// askGroupCount asks how many groups there are.
func askGroupCount() builders {
	return func(ctx context.Context, a adapter) (*request, error) {
		return groups.NewCountRequestBuilderInternal(at(a), a).ToGetRequestInformation(ctx,
			&groups.CountRequestBuilderGetRequestConfiguration{Headers: eventual()})
	}
}

// latest makes of a delta's first request one that only wants to know of what
// comes. The SDK has no name for it.
func latest(info *request, err error) (*request, error) {
	if err != nil {
		return nil, err
	}
	uri, err := info.GetUri()
	if err != nil {
		return nil, err
	}
	uri.RawQuery += "&%24deltatoken=latest"
	info.SetUri(*uri)
	return info, nil
}

// askUsersFrom asks for the link to what happens to users from now on.
func askUsersFrom(s *answer.Shape) builders {
	return func(ctx context.Context, a adapter) (*request, error) {
		q := &users.DeltaRequestBuilderGetQueryParameters{Select: tracked(s)}
		return latest(users.NewDeltaRequestBuilderInternal(at(a), a).ToGetRequestInformation(ctx,
			&users.DeltaRequestBuilderGetRequestConfiguration{QueryParameters: q}))
	}
}

// askGroupsFrom asks for the link to what happens to at most 50 groups from now on.
func askGroupsFrom(ids []string) builders {
	return func(ctx context.Context, a adapter) (*request, error) {
		filter := "id eq '" + strings.Join(ids, "' or id eq '") + "'"
		q := &groups.DeltaRequestBuilderGetQueryParameters{Select: []string{"displayName", "members"}, Filter: &filter}
		return latest(groups.NewDeltaRequestBuilderInternal(at(a), a).ToGetRequestInformation(ctx,
			&groups.DeltaRequestBuilderGetRequestConfiguration{QueryParameters: q}))
	}
}

// askGroups lists all groups.
func askGroups() builders {
	return func(ctx context.Context, a adapter) (*request, error) {
		q := &groups.GroupsRequestBuilderGetQueryParameters{
			Select: []string{"id", "displayName", "description", "groupTypes", "securityEnabled", "mailEnabled"}, Top: new(int32(most)),
		}
		return groups.NewGroupsRequestBuilderInternal(at(a), a).ToGetRequestInformation(ctx,
			&groups.GroupsRequestBuilderGetRequestConfiguration{QueryParameters: q})
	}
}

// askGroup asks for one.
func askGroup(id string) builders {
	return func(ctx context.Context, a adapter) (*request, error) {
		q := &groups.GroupItemRequestBuilderGetQueryParameters{Select: []string{"id", "displayName", "visibility"}}
		return groups.NewGroupItemRequestBuilderInternal(at(a, "group%2Did", id), a).ToGetRequestInformation(ctx,
			&groups.GroupItemRequestBuilderGetRequestConfiguration{QueryParameters: q})
	}
}

// askMembers lists the users who are in a group themselves.
func askMembers(group string, s *answer.Shape) builders {
	return func(ctx context.Context, a adapter) (*request, error) {
		q := &groups.ItemMembersGraphUserRequestBuilderGetQueryParameters{
			Select: s.Selected, Top: new(int32(most)), Count: new(true), Expand: expanded(s),
		}
		return groups.NewItemMembersGraphUserRequestBuilderInternal(at(a, "group%2Did", group), a).ToGetRequestInformation(ctx,
			&groups.ItemMembersGraphUserRequestBuilderGetRequestConfiguration{QueryParameters: q, Headers: eventual()})
	}
}

// askMemberCount asks how many users are in a group, or in one that is in it.
func askMemberCount(group string) builders {
	return func(ctx context.Context, a adapter) (*request, error) {
		return groups.NewItemTransitiveMembersGraphUserCountRequestBuilderInternal(at(a, "group%2Did", group), a).ToGetRequestInformation(ctx,
			&groups.ItemTransitiveMembersGraphUserCountRequestBuilderGetRequestConfiguration{Headers: eventual()})
	}
}

// ask asks for what the SDK's builders of users and groups do not have; each of
// the others is a package of its own.
func ask(method abstractions.HttpMethod, path string, body any) builders {
	return func(_ context.Context, a adapter) (*request, error) {
		info := abstractions.NewRequestInformationWithMethodAndUrlTemplateAndPathParameters(method, "{+baseurl}/"+path, at(a))
		info.Headers.Add("Accept", "application/json")
		if body != nil {
			content, err := json.Marshal(body)
			if err != nil {
				return nil, fmt.Errorf("write body: %w", err)
			}
			info.SetStreamContentAndContentType(content, "application/json")
		}
		return info, nil
	}
}

// follow goes where a link leads. A link that leads elsewhere than to Graph is
// refused: the access token would go there.
func (d *Directory) follow(link string) builders {
	return func(context.Context, adapter) (*request, error) {
		to, err := url.Parse(link)
		if err != nil {
			return nil, fmt.Errorf("follow link: %w", err)
		}
		graph, err := url.Parse(d.place.graph)
		if err != nil {
			return nil, fmt.Errorf("follow link: %w", err)
		}
		if to.Scheme != graph.Scheme || !strings.EqualFold(to.Host, graph.Host) {
			return nil, fmt.Errorf("follow link: it leads to %s", to.Host)
		}
		info := abstractions.NewRequestInformation()
		info.Method = abstractions.GET
		info.SetUri(*to)
		info.Headers.Add("Accept", "application/json")
		info.Headers.Add("ConsistencyLevel", "eventual")
		return info, nil
	}
}

// expanded and tracked are how the manager is asked for: in lists and of single
// users by $expand, in a delta by $select (delta-query-overview).
func expanded(s *answer.Shape) []string {
	if s.Manager {
		return []string{"manager($select=id)"}
	}
	return nil
}

func tracked(s *answer.Shape) []string {
	if !s.Manager {
		return s.Selected
	}
	return append(slices.Clip(s.Selected), "manager")
}

// count asks for a number.
func (d *Directory) count(ctx context.Context, t teller, what builders) (int, error) {
	body, err := d.get(ctx, t, what)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(string(body), "\ufeff")))
	if err != nil {
		return 0, fmt.Errorf("read count: %w", err)
	}
	return n, nil
}

// each asks for a collection, page by page, and calls object for each of its
// objects.
func (d *Directory) each(ctx context.Context, t teller, what builders, object func(p *answer.Scanner)) error {
	for {
		body, err := d.get(ctx, t, what)
		if err != nil {
			return err
		}
		read, err := answer.ReadPage(string(body), object)
		if err != nil {
			return err
		}
		if read.Next == "" {
			return nil
		}
		what = d.follow(read.Next)
	}
}

// inner is a request within a batch.
type inner struct{ id, url string }

// batch asks at most twenty things at once. Those that could not be answered
// now are asked again; an answer is 200 or 4xx.
func (d *Directory) batch(ctx context.Context, t teller, asked []inner) (map[string]answer.Inner, error) {
	answers := make(map[string]answer.Inner, len(asked))
	for try := 1; len(asked) > 0; try++ {
		type one struct {
			ID      string            `json:"id"`
			Method  string            `json:"method"`
			URL     string            `json:"url"`
			Headers map[string]string `json:"headers"`
		}
		requests := make([]one, len(asked))
		for i, r := range asked {
			requests[i] = one{r.id, "GET", r.url, map[string]string{"ConsistencyLevel": "eventual"}}
		}
		body, err := d.get(ctx, t, ask(abstractions.POST, "$batch", map[string]any{"requests": requests}))
		if err != nil {
			return nil, err
		}
		if err := answer.ReadBatch(string(body), answers); err != nil {
			return nil, err
		}
		again := asked[:0:0]
		after := time.Duration(-1)
		for _, r := range asked {
			a, told := answers[r.id]
			if told && a.Status != 429 && a.Status < 500 {
				continue
			}
			if try == patience {
				return nil, &refusal{status: a.Status, code: "batch"}
			}
			after = max(after, min(a.After, maxAfter))
			delete(answers, r.id)
			again = append(again, r)
		}
		if asked = again; len(asked) > 0 {
			if err := d.pause(ctx, t, try, after, busy); err != nil {
				return nil, err
			}
		}
	}
	return answers, nil
}
