<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false; section>
<#if section = "header"><#if messageHeader??>${kcSanitize(msg(messageHeader))?no_esc}<#elseif message.summary = msg("successLogout")>${msg("loggedOutTitle")}<#else>${msg("infoTitle")}</#if><#elseif section = "form">
<p>${kcSanitize(message.summary)?no_esc}<#if requiredActions??><#list requiredActions>: <b><#items as action>${msg("requiredAction." + action)}<#sep>, </#items></b></#list></#if></p>
<#if !skipLink??>
<#if pageRedirectUri?has_content>
<p><a class="button" href="${pageRedirectUri}">${msg("backToApplication")}</a></p>
<#elseif actionUri?has_content>
<p><a class="button" href="${actionUri}">${msg("proceedWithAction")}</a></p>
<#elseif (client.baseUrl)?has_content>
<p><a class="button" href="${client.baseUrl}">${msg("backToApplication")}</a></p>
</#if>
</#if>
</#if>
</@layout.registrationLayout>
