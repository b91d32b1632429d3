// Calls GetCallerIdentity REQUESTS times with the profile in PROFILE, and prints a line for each: ok or error.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func main() {
	requests, _ := strconv.Atoi(os.Getenv("REQUESTS"))
	ctx := context.Background()
	// The endpoint also applies to the step from a source_profile to its role.
	here := aws.EndpointResolverWithOptionsFunc(func(service, region string, options ...interface{}) (aws.Endpoint, error) {
		return aws.Endpoint{URL: os.Getenv("STS"), SigningRegion: "eu-west-1"}, nil
	})
	shared, err := config.LoadDefaultConfig(
		ctx,
		config.WithSharedConfigProfile(os.Getenv("PROFILE")),
		config.WithRegion("eu-west-1"),
		config.WithEndpointResolverWithOptions(here),
		config.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
	)
	if err != nil {
		fmt.Println("error", strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	client := sts.NewFromConfig(shared)
	for request := 0; request < requests; request++ {
		answer, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			fmt.Println("error", strings.Join(strings.Fields(err.Error()), " "))
		} else {
			fmt.Println("ok", *answer.Arn)
		}
	}
}
