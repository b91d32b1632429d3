// Asks STS who it is, as many times as said, with the profile that PROFILE names. A line each: ok or error.
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
	shared, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(os.Getenv("PROFILE")), config.WithRegion("eu-west-1"))
	if err != nil {
		fmt.Println("error", strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	client := sts.NewFromConfig(shared, func(options *sts.Options) {
		options.EndpointResolver = sts.EndpointResolverFromURL(os.Getenv("STS"))
		options.Retryer = aws.NopRetryer{}
	})
	for request := 0; request < requests; request++ {
		answer, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			fmt.Println("error", strings.Join(strings.Fields(err.Error()), " "))
		} else {
			fmt.Println("ok", *answer.Arn)
		}
	}
}
